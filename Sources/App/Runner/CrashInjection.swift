// SPDX-License-Identifier: Apache-2.0
import Sinks
import StreamCore

/// Ends the process at a named step when `MILLRACE_CRASH_AT` says so: `checkpoint.after`, or `checkpoint.after@3` for epoch 3 alone.
///
/// Debug builds only: a release never looks at the variable.
enum CrashInjection {
    /// The code of a process that was ended so.
    static let exitCode: Int32 = 99

    /// The hook for the engine.
    static func hook(environment: [String: String]) -> CrashHook {
        let target = Target(environment)
        return { point, epoch in target?.crash(at: point.rawValue, epoch) }
    }

    /// The hook for the steps of a Kafka sink.
    static func kafkaSinkHook(environment: [String: String]) -> @Sendable (KafkaSink.Step, Epoch) -> Void {
        let target = Target(environment)
        return { step, epoch in target?.crash(at: step.rawValue, epoch) }
    }

    /// Where to crash.
    private struct Target: Sendable {
        let step: String
        let epoch: Int64?

        /// What the environment asks for; `nil` in a release.
        init?(_ environment: [String: String]) {
            #if DEBUG
            guard let text = environment["MILLRACE_CRASH_AT"] else { return nil }
            let parts = text.split(separator: "@", maxSplits: 1)
            step = parts.first.map(String.init) ?? ""
            epoch = parts.count > 1 ? Int64(parts[1]) : nil
            #else
            return nil
            #endif
        }

        func crash(at step: String, _ epoch: Epoch) {
            if step == self.step && (self.epoch ?? epoch.number) == epoch.number { ThisProcess.abandon(exitCode) }
        }
    }
}
