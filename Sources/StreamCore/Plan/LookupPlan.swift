// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// A join of a stream with a table that is read as a whole, and again when it has changed; the same table for all of an epoch.
///
/// - Result columns: the stream's, then the table's (nullable for `left`); of `leftSemi` and `leftAnti` the stream's alone.
public struct LookupPlan: Sendable {
    /// The table.
    public var table: TableReference
    /// The table's columns.
    public var tableSchema: Schema
    /// `inner`, `left`, `leftSemi` or `leftAnti`; the stream is the left side.
    public var kind: JoinPlan.Kind
    /// Pairs that must be equal (NULL equals nothing): over the stream's and the table's columns.
    public var keys: [(stream: Expression, table: Expression)]
    /// What else must be true, over the stream's columns followed by the table's.
    public var condition: Expression?

    /// A table by what it is and where.
    public struct TableReference: Hashable, Sendable {
        /// What the files are.
        public var format: Format
        /// A path, URI or glob.
        public var path: String

        /// What the files are.
        public enum Format: String, Hashable, Sendable, CaseIterable { case delta, csv, json, parquet }

        /// A reference.
        public init(format: Format, path: String) {
            self.format = format
            self.path = path
        }
    }

    /// A lookup.
    public init(
        table: TableReference, tableSchema: Schema, kind: JoinPlan.Kind,
        keys: [(stream: Expression, table: Expression)], condition: Expression? = nil
    ) {
        self.table = table
        self.tableSchema = tableSchema
        self.kind = kind
        self.keys = keys
        self.condition = condition
    }

    /// Names and types of the result.
    public func schema(input: Schema) -> Schema {
        JoinPlan(kind: kind, keys: []).schema(left: input, right: tableSchema)
    }
}
