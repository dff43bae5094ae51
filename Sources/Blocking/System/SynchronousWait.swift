// SPDX-License-Identifier: Apache-2.0
import Dispatch
public import Failures
import Synchronization

/// Waits on the calling thread for asynchronous work. For start-up alone: the thread does nothing else meanwhile.
public enum SynchronousWait {
    /// The result of `body`, which runs on a thread of its own, so that it ends even when every thread of the pool waits.
    public static func result<Value: Sendable>(
        of body: @escaping @Sendable () async throws(PipelineError) -> Value
    ) throws(PipelineError) -> Value {
        let slot = Slot<Value>()
        let executor = QueueExecutor()
        Task(executorPreference: executor) {
            do throws(PipelineError) {
                slot.fill(.success(try await body()))
            } catch {
                slot.fill(.failure(error))
            }
        }
        return try slot.wait().get()
    }

    private final class Slot<Value: Sendable>: Sendable {
        private let filled = DispatchSemaphore(value: 0)
        private let result = Mutex<Result<Value, PipelineError>?>(nil)

        func fill(_ outcome: Result<Value, PipelineError>) {
            result.withLock { $0 = outcome }
            filled.signal()
        }

        func wait() -> Result<Value, PipelineError> {
            filled.wait()
            return result.withLock { $0 } ?? .failure(PipelineError(.internalError, "a result went missing"))
        }
    }

    private final class QueueExecutor: TaskExecutor {
        private let queue = DispatchQueue(label: "waited-for")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            // SAFETY: the closure keeps this executor alive for as long as the job runs.
            queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }
}
