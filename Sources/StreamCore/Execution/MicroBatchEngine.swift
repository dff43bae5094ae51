// SPDX-License-Identifier: Apache-2.0
public import Failures

/// Runs a pipeline in micro-batch epochs: plan, read, prepare, checkpoint, publish, confirm, release.
///
/// One task owns an epoch. Epoch N+1 is planned, read and prepared while N is being published; its checkpoint waits for N.
public final class MicroBatchEngine: Sendable {
    private let parts: EngineParts
    private let stop: StopSignal

    /// An engine over its parts; `stop` makes it finish its epoch and return.
    public init(_ parts: EngineParts, stop: StopSignal) {
        self.parts = parts
        self.stop = stop
    }

    /// What a run did.
    public struct Summary: Hashable, Sendable {
        /// Epochs confirmed in this run.
        public var epochs = 0
        /// Records read in this run, malformed ones included.
        public var inputRows = 0

        /// What a run did.
        public init(epochs: Int = 0, inputRows: Int = 0) {
            self.epochs = epochs
            self.inputRows = inputRows
        }
    }

    /// Runs until the trigger is exhausted or the stop signal is raised.
    ///
    /// - Parameter recoverFromTable: go on from the offsets in the sinks when the checkpoint is behind them.
    /// - Throws: `checkpointMismatch` before anything is read or written; otherwise what no retry could cure.
    public func run(recoverFromTable: Bool = false) async throws(PipelineError) -> Summary {
        var run = EngineRun(parts: parts, stop: stop)
        let outcome: Result<Summary, PipelineError>
        do throws(PipelineError) {
            try await run.start(recoverFromTable: recoverFromTable)
            try await run.loop()
            outcome = .success(run.summary)
        } catch {
            outcome = await run.ended(by: error)
        }
        await run.abandon()
        for bound in parts.sources.values { await bound.source.close() }
        for sink in parts.allSinks.values { await sink.close() }
        await parts.stateStore?.close()
        await parts.checkpoint.close()
        return try outcome.get()
    }
}
