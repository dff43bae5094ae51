// SPDX-License-Identifier: Apache-2.0
import Blocking
import Failures
import StreamCore
import Synchronization

/// Runs calls into the library that may wait for brokers, one after another, on a thread of their own.
///
/// The library's calls cannot be interrupted. Once the task that waits for one is cancelled, the call goes on for as long as
/// records leave for the brokers; then it is left to itself, with the thread it holds. What it comes to is not known: it is as if
/// the process had crashed in it, which the next run settles.
final class KafkaCalls: Sendable {
    /// How long nothing may leave before a cancelled call is given up.
    static let patienceNanos: Int64 = 1_000_000_000

    private let label: String
    private let clock: any Clock
    private let thread: Mutex<BlockingThread>

    init(label: String, clock: any Clock) {
        self.label = label
        self.clock = clock
        thread = Mutex(BlockingThread(label: label))
    }

    /// Runs `body` on the thread.
    ///
    /// - Parameter left: how many records have not left yet.
    /// - Throws: `interrupted` for a call that was given up, else what `body` throws.
    func run<Value: Sendable>(
        left: @escaping @Sendable () -> Int, _ body: @escaping @Sendable () throws(PipelineError) -> Value
    ) async throws(PipelineError) -> Value {
        let thread = thread.withLock { $0 }
        let answer = Answer<Value>()
        Task {
            do throws(PipelineError) {
                let value = try await thread.run(body)
                answer.give(.success(value))
            } catch {
                answer.give(.failure(error))
            }
        }
        let result = await withTaskCancellationHandler {
            await answer.wait()
        } onCancel: {
            Task { await self.giveUp(answer, left) }
        }
        return try result.get()
    }

    private func giveUp<Value: Sendable>(_ answer: Answer<Value>, _ left: @Sendable () -> Int) async {
        var before = Int.max
        while !answer.isGiven {
            let now = left()
            if now >= before {
                let error = PipelineError(.interrupted, "the wait for the brokers was given up")
                if answer.give(.failure(error)) { thread.withLock { $0 = BlockingThread(label: label) } }
                return
            }
            before = now
            await clock.sleep(nanos: Self.patienceNanos)
        }
    }
}

/// The first of several answers to one question, for the one who waits for it.
private final class Answer<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Result<Value, PipelineError>, Never>)
        case given(Result<Value, PipelineError>)
    }

    private let state = Mutex(State.open)

    var isGiven: Bool { state.withLock { if case .given = $0 { true } else { false } } }

    /// Gives the answer. Returns whether it is the first one; later ones are dropped.
    @discardableResult
    func give(_ result: Result<Value, PipelineError>) -> Bool {
        let (isFirst, waiter) = state.withLock {
            state -> (Bool, CheckedContinuation<Result<Value, PipelineError>, Never>?) in
            switch state {
            case .open:
                state = .given(result)
                return (true, nil)
            case .awaited(let waiter):
                state = .given(result)
                return (true, waiter)
            case .given: return (false, nil)
            }
        }
        waiter?.resume(returning: result)
        return isFirst
    }

    func wait() async -> Result<Value, PipelineError> {
        await withCheckedContinuation { waiter in
            let given = state.withLock { state -> Result<Value, PipelineError>? in
                if case .given(let result) = state { return result }
                state = .awaited(waiter)
                return nil
            }
            if let given { waiter.resume(returning: given) }
        }
    }
}
