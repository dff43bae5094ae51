// SPDX-License-Identifier: Apache-2.0
import Columnar
public import Failures
public import StreamCore
import Synchronization

/// Shows the first rows of each epoch as a table on standard output.
///
/// It remembers nothing: after a crash an epoch may be shown again (at least once).
public final class ConsoleSink: Sink {
    private let declaration: SinkDeclaration
    private let options: ConsoleSinkOptions
    private let write: @Sendable (String) -> Void
    /// Tables that are prepared and not shown yet, by their tokens.
    private let prepared = Mutex<[String: String]>([:])

    /// A sink that hands its text to `write`.
    ///
    /// - Parameter write: takes whole lines; standard output in the product.
    public init(
        declaration: SinkDeclaration, options: ConsoleSinkOptions, write: @escaping @Sendable (String) -> Void
    ) {
        self.declaration = declaration
        self.options = options
        self.write = write
    }

    /// Nothing is known of earlier epochs.
    public func recover() async throws(PipelineError) -> SinkPosition { .forgetful }

    /// A writer that keeps the first rows and counts the others.
    public func makeWriter(for epoch: Epoch) throws(PipelineError) -> any SinkWriter {
        ConsoleSinkWriter(limit: options.rows)
    }

    /// Lays the table out.
    public func prepare(_ epoch: Epoch, writers: [any SinkWriter]) async throws(PipelineError) -> SinkToken {
        var (rows, total): ([ColumnBatch], Int) = ([], 0)
        for case let writer as ConsoleSinkWriter in writers {
            let kept = writer.kept
            rows += kept.batches
            total += kept.total
        }
        if total == 0 { return SinkToken("") }
        var shown: [ColumnBatch] = []
        var room = options.rows
        for batch in rows where room > 0 {
            shown.append(batch.slice(0..<min(room, batch.rowCount)))
            room -= min(room, batch.rowCount)
        }
        let count = options.rows - room
        var text = "\(declaration.name) · epoch \(epoch) · \(total) \(total == 1 ? "row" : "rows")"
        if count < total { text += ", \(count) shown" }
        text += "\n" + ConsoleTable(declaration.schema, shown).text
        prepared.withLock { $0["\(epoch)"] = text }
        return SinkToken("\(epoch)")
    }

    /// Shows the table. One that was prepared by an earlier process is gone, and nothing is shown.
    public func publish(
        _ epoch: Epoch, _ token: SinkToken, provenance: Provenance
    ) async throws(PipelineError) -> PublishOutcome {
        if token.text.isEmpty { return .nothingToPublish }
        guard let text = prepared.withLock({ $0.removeValue(forKey: token.text) }) else { return .alreadyPublished }
        write(text)
        return .published(version: nil)
    }

    /// Nothing to stop.
    public func close() async {}
}

/// Keeps the first rows of one worker.
final class ConsoleSinkWriter: SinkWriter {
    private let limit: Int
    private let state = Mutex<(batches: [ColumnBatch], total: Int)>(([], 0))

    init(limit: Int) { self.limit = limit }

    var kept: (batches: [ColumnBatch], total: Int) { state.withLock { $0 } }

    func append(_ batch: ColumnBatch) throws(PipelineError) {
        state.withLock { state in
            let room = limit - state.total
            if room > 0 { state.batches.append(batch.slice(0..<min(room, batch.rowCount))) }
            state.total += batch.rowCount
        }
    }
}
