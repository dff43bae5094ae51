// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// Collects rows piece by piece and hands them out in batches of a good size.
struct OutputRows {
    private let schema: Schema
    private var pieces: [ColumnBatch] = []
    private var pieceRows = 0
    private var batches: [ColumnBatch] = []

    /// Pieces are joined up to about so many rows.
    static let batchRows = 16_384

    init(schema: Schema) { self.schema = schema }

    /// Adds rows; larger pieces are cut.
    mutating func add(_ columns: [Column], count: Int) {
        guard count > 0 else { return }
        let rows = ColumnBatch(schema: schema, columns: columns, rowCount: count)
        var start = 0
        while start < count {
            let end = min(count, start + Self.batchRows * 2 - 1)
            let piece = start == 0 && end == count ? rows : rows.slice(start..<end)
            pieces.append(piece)
            pieceRows += piece.rowCount
            if pieceRows >= Self.batchRows { flush() }
            start = end
        }
    }

    private mutating func flush() {
        guard !pieces.isEmpty else { return }
        batches.append(ColumnBatch.concatenated(pieces))
        pieces = []
        pieceRows = 0
    }

    /// Those of the rows added since the last call that fill batches.
    mutating func takeWhole() -> [ColumnBatch] {
        defer { batches = [] }
        return batches
    }

    /// All rows added since the last call.
    mutating func take() -> [ColumnBatch] {
        flush()
        defer { batches = [] }
        return batches
    }
}
