// SPDX-License-Identifier: Apache-2.0
import Dispatch

public import Failures

/// A thread of its own for calls that block (`fsync`, SQLite, librdkafka), so that they never hold up the pool that runs tasks.
///
/// Calls run one after another, in the order they were made.
public struct BlockingThread: Sendable {
    private let queue: DispatchQueue

    /// A thread whose `label` shows in debuggers and profiles.
    public init(label: String) {
        queue = DispatchQueue(label: label)
    }

    /// Runs `body` on the thread and waits for its result without blocking a task.
    public func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws(PipelineError) -> Result
    ) async throws(PipelineError) -> Result {
        let outcome: Swift.Result<Result, PipelineError> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(PipelineError) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try outcome.get()
    }
}
