// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// How rows of an operator's state that were written under an earlier meaning become rows of the newest one, column by column.
///
/// Columns of the operator's own stand first and stay; those that its meaning names follow, and are found by their names.
public struct StateMigration: Sendable {
    /// Where a column of the newest layout comes from.
    public enum Origin: Sendable {
        /// A stored column; `number` counts the columns of equal name before it.
        case stored(name: String, number: Int)
        /// Stored rows have none: they get the one value of this column.
        case filled(Column)
    }

    /// One column of the newest layout.
    public struct Target: Sendable {
        /// The column.
        public var field: Field
        /// Where it comes from.
        public var origin: Origin

        /// A column.
        public init(_ field: Field, from origin: Origin) {
            self.field = field
            self.origin = origin
        }
    }

    /// The layout of one table.
    public struct Table: Sendable {
        /// The last of the operator's own columns.
        public var lastOwn: String
        /// The columns after it.
        public var targets: [Target]

        /// A layout.
        public init(lastOwn: String, targets: [Target]) {
            self.lastOwn = lastOwn
            self.targets = targets
        }
    }

    private let tables: [String: Table]

    /// A migration of these tables; rows of others stay as they are.
    public init(_ tables: [String: Table]) { self.tables = tables }

    /// The rows in the newest layout.
    ///
    /// - Throws: `corruptCheckpoint` when the rows have not the columns that their meaning had.
    public func apply(_ rows: StateRows) throws(PipelineError) -> StateRows {
        guard let table = tables[rows.table] else { return rows }
        let stored = rows.rows
        guard let last = stored.schema.fields.firstIndex(where: { $0.name == table.lastOwn }) else {
            throw Self.missing(table.lastOwn, in: rows.table)
        }
        var places: [String: [Int]] = [:]
        for index in (last + 1)..<stored.schema.count {
            places[stored.schema.fields[index].name, default: []].append(index)
        }
        var (fields, columns) = (Array(stored.schema.fields[...last]), Array(stored.columns[...last]))
        for target in table.targets {
            fields.append(target.field)
            switch target.origin {
            case .stored(let name, let number):
                guard let found = places[name], number < found.count else {
                    throw Self.missing(name, in: rows.table)
                }
                columns.append(stored.columns[found[number]])
            case .filled(let value):
                columns.append(value.taking(Buffer(repeating: 0, count: stored.rowCount)))
            }
        }
        return StateRows(
            table: rows.table,
            rows: ColumnBatch(schema: Schema(fields), columns: columns, rowCount: stored.rowCount))
    }

    private static func missing(_ column: String, in table: String) -> PipelineError {
        PipelineError(.corruptCheckpoint, "the stored rows of '\(table)' have no column '\(column)'")
    }
}

extension StatefulOperator {
    /// Stored rows in the operator's layout of today.
    ///
    /// - Parameter meanings: what the state has meant since the rows were written, oldest first; the last is what it means now.
    /// - Throws: `corruptCheckpoint` when the rows do not fit the first of them.
    public func migrated(
        _ rows: StateRows, through meanings: [OperatorIdentity]
    ) throws(PipelineError) -> StateRows {
        if meanings.count < 2 { return rows }
        return try migration(StateSuccession.origins(through: meanings)).apply(rows)
    }
}
