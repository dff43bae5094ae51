// SPDX-License-Identifier: Apache-2.0

/// A group of rows in columns: what flows between sources, operators and sinks.
public struct ColumnBatch: Sendable {
    /// Names and types of the columns.
    public let schema: Schema
    /// The columns, each `rowCount` long, in the order of the schema.
    public let columns: [Column]
    /// How many rows there are.
    public let rowCount: Int

    /// A batch over finished columns.
    public init(schema: Schema, columns: [Column], rowCount: Int) {
        precondition(schema.count == columns.count)
        precondition(columns.allSatisfy { $0.count == rowCount })
        self.schema = schema
        self.columns = columns
        self.rowCount = rowCount
    }

    /// The rows at `indices`, in that order.
    public func taking(_ indices: Buffer<Int32>) -> ColumnBatch {
        ColumnBatch(schema: schema, columns: columns.map { $0.taking(indices) }, rowCount: indices.count)
    }

    /// The rows in `range`; shares memory where the layout allows it.
    public func slice(_ range: Range<Int>) -> ColumnBatch {
        ColumnBatch(schema: schema, columns: columns.map { $0.slice(range) }, rowCount: range.count)
    }

    /// One row as values, for tests and messages.
    public func row(_ index: Int) -> [Value] { columns.map { $0.value(at: index) } }

    /// All rows as values, for tests.
    public var rows: [[Value]] { (0..<rowCount).map { row($0) } }

    /// All batches below each other. They must have one schema and not be empty as a list.
    public static func concatenated(_ batches: [ColumnBatch]) -> ColumnBatch {
        precondition(!batches.isEmpty)
        if batches.count == 1 { return batches[0] }
        let columns = batches[0].columns.indices.map { index in
            Column.concatenated(batches.map { $0.columns[index] })
        }
        return ColumnBatch(
            schema: batches[0].schema, columns: columns, rowCount: batches.reduce(0) { $0 + $1.rowCount })
    }

    /// How many bytes the columns hold, for memory budgets. Shared memory is counted each time.
    public var byteCount: Int { columns.reduce(0) { $0 + $1.byteCount } }
}
