// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore
import Synchronization

/// Bounds how long a command that only looks waits for a place that does not answer; a running pipeline waits for ever.
enum Patience {
    /// What a command waits for by default.
    static let micros: Int64 = 15_000_000

    /// The result of `body`, which is cancelled when it has not come in time.
    ///
    /// - Throws: `sourceUnavailable` naming the place, besides what `body` fails with.
    static func wait<Value: Sendable>(
        for place: String, micros: Int64, _ body: @escaping @Sendable () async -> Result<Value, PipelineError>
    ) async throws(PipelineError) -> Value {
        let isOver = Mutex(false)
        let work = Task { await body() }
        let timer = Task {
            try? await Task.sleep(nanoseconds: UInt64(max(0, micros)) * 1_000)
            if Task.isCancelled { return }
            isOver.withLock { $0 = true }
            work.cancel()
        }
        let result = await work.value
        timer.cancel()
        await timer.value
        if case .failure(let error) = result, isOver.withLock({ $0 }) {
            throw PipelineError(
                .sourceUnavailable, "\(place) gave no answer within \(TimeText.duration(nanos: micros * 1_000))",
                hint: "Check the address, that the broker runs, and what it asks of clients (TLS, SASL)",
                cause: error.code == .interrupted ? "" : error.what)
        }
        return try result.get()
    }
}
