// SPDX-License-Identifier: Apache-2.0
import Failures
import Sources
import StreamCore

/// Makes readings and hands them to a target, as fast as it takes them or at a rate.
struct ReadingFeed {
    let generator: IoTGenerator
    /// How many rows in all; `nil` until stopped.
    let rows: Int?
    /// Rows a second; `nil` as fast as the target takes them.
    let rowsPerSecond: Int?
    let stop: StopSignal
    private static let chunkRows = 50_000

    /// Runs to the end and gives the number of rows. Blocks its thread while the target does.
    func run(into target: any RecordTarget) async throws(PipelineError) -> Int {
        let clock = SystemClock()
        let started = clock.monotonicNanos
        var done = 0
        while !stop.isRaised && done < rows ?? .max {
            var chunk = min(Self.chunkRows, (rows ?? .max) - done)
            if let rowsPerSecond {
                let due = Int(Double(clock.monotonicNanos - started) / 1e9 * Double(rowsPerSecond)) + 1
                chunk = min(chunk, due - done)
                if chunk <= 0 {
                    await clock.sleep(nanos: 10_000_000)
                    continue
                }
            }
            try target.write(generator.records(Int64(done)..<Int64(done + chunk)))
            done += chunk
        }
        try target.finish()
        return done
    }
}
