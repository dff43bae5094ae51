// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// What the table of a sink holds after the epochs that were written to it.
struct TableContent {
    private let sink: SinkDeclaration?

    /// The content of a sink's table; of a relation, without a sink, all that it gave.
    init(_ sink: SinkDeclaration?) { self.sink = sink }

    /// The rows, by the way the sink writes them.
    func rows(_ epochs: [[[Value]]], isNewOnly: Bool) -> [[Value]] {
        let all = epochs.flatMap { $0 }
        guard !isNewOnly, let sink, case .delta(let options) = sink.connector else { return all }
        switch options.mode {
        case nil, .append: return all
        case .complete: return epochs.last { !$0.isEmpty } ?? []
        case .upsert:
            return RowKey.latest(all, by: options.keys.compactMap { sink.schema.index(of: $0) }, sink.schema)
        }
    }
}
