// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
public import StreamCore
import Synchronization

/// A sink in memory that survives its engine, as a table survives a process, and fails when a test says so.
public final class MemorySink: Sink {
    /// Where a call fails.
    public enum Fault: Hashable, Sendable {
        /// `prepare` fails.
        case prepare
        /// `publish` fails before anything is visible.
        case publishBefore
        /// `publish` makes the rows visible, and then says that the outcome is unknown.
        case publishAfter
    }

    private struct State {
        var prepared: [String: [[Value]]] = [:]
        var published: [Epoch: [[Value]]] = [:]
        var provenance: Provenance?
        var faults: [Fault] = []
        var publishCalls = 0
    }

    private let state = Mutex(State())

    /// An empty sink.
    public init() {}

    /// Makes the next call of that kind fail, once.
    public func failNext(_ fault: Fault) { state.withLock { $0.faults.append(fault) } }

    /// The visible rows, in the order of their epochs.
    public var rows: [[Value]] {
        state.withLock { state in state.published.sorted { $0.key < $1.key }.flatMap(\.value) }
    }

    /// The visible values of the first column, sorted.
    public var sortedValues: [Int64] {
        rows.compactMap { if case .bigint(let number)? = $0.first { number } else { nil } }.sorted()
    }

    /// The epochs that have rows here.
    public var epochs: [Epoch] { state.withLock { $0.published.keys.sorted() } }
    /// How often `publish` was called.
    public var publishCalls: Int { state.withLock { $0.publishCalls } }

    /// The newest published epoch.
    public func recover() async throws(PipelineError) -> SinkPosition {
        state.withLock { state in
            state.published.keys.max().map { .published($0, state.provenance) } ?? .empty
        }
    }

    /// A writer that keeps rows as values.
    public func makeWriter(for epoch: Epoch) throws(PipelineError) -> any SinkWriter { Writer() }

    /// Keeps the rows under a token.
    public func prepare(_ epoch: Epoch, writers: [any SinkWriter]) async throws(PipelineError) -> SinkToken {
        let rows = writers.flatMap { ($0 as? Writer)?.rows ?? [] }
        if take(.prepare) { throw PipelineError(.storageFailed, "the disk failed on purpose") }
        if rows.isEmpty { return SinkToken("") }
        let token = "epoch-\(epoch)"
        state.withLock { $0.prepared[token] = rows }
        return SinkToken(token)
    }

    /// Makes the rows of a token visible.
    public func publish(
        _ epoch: Epoch, _ token: SinkToken, provenance: Provenance
    ) async throws(PipelineError) -> PublishOutcome {
        state.withLock { $0.publishCalls += 1 }
        if token.text.isEmpty { return .nothingToPublish }
        if take(.publishBefore) { throw PipelineError(.fenced, "publishing failed on purpose") }
        let done = state.withLock { state -> Bool in
            if state.published[epoch] != nil { return true }
            state.published[epoch] = state.prepared[token.text]
            state.provenance = provenance
            return false
        }
        if take(.publishAfter) { throw PipelineError(.outcomeUnknown, "the answer was lost on purpose") }
        return done ? .alreadyPublished : .published(version: epoch.number)
    }

    private func take(_ fault: Fault) -> Bool {
        state.withLock { state in
            guard let index = state.faults.firstIndex(of: fault) else { return false }
            state.faults.remove(at: index)
            return true
        }
    }

    /// Does nothing.
    public func close() async {}

    private final class Writer: SinkWriter {
        private let batches = Mutex<[ColumnBatch]>([])
        var rows: [[Value]] { batches.withLock { $0.flatMap(\.rows) } }
        func append(_ batch: ColumnBatch) throws(PipelineError) { batches.withLock { $0.append(batch) } }
    }
}
