// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Glibc

/// SIGTERM and SIGINT: the first asks for a stop, a second SIGINT ends the process at once with code 130.
final class Signals: Sendable {
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    /// Listens from now on; `stop` is called once per signal, before a second SIGINT ends the process.
    init(stop: @escaping @Sendable (_ isInterrupt: Bool) -> Void) {
        let queue = DispatchQueue(label: "millrace.signals")
        var interrupts = 0
        let sources = [SIGTERM, SIGINT].map { number in
            _ = signal(number, SIG_IGN)
            return (number, DispatchSource.makeSignalSource(signal: number, queue: queue))
        }
        for (number, source) in sources {
            source.setEventHandler {
                if number == SIGINT {
                    interrupts += 1
                    if interrupts > 1 { ThisProcess.abandon(130) }
                }
                stop(number == SIGINT)
            }
            source.resume()
        }
        // SAFETY: written once, before anyone else can see it.
        unsafe self.sources = sources.map(\.1)
        // Writing to a closed pipe is then an error of the call, not the end of the process.
        _ = signal(SIGPIPE, SIG_IGN)
    }
}
