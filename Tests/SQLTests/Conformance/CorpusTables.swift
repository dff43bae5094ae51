// SPDX-License-Identifier: Apache-2.0
import Columnar
import Foundation
import SQL
import StreamCore

/// The tables of a session of Spark's SQL tests: those that every session has, and those that its statements make.
struct CorpusTables {
    private(set) var relations: [String: ColumnBatch] = SparkCorpus.tables

    /// Carries out CREATE and INSERT; whether the statement is one of them. A table that cannot be made here is left out.
    mutating func carryOut(_ sql: String, _ runner: QueryRunner) -> Bool {
        if let (name, query) = Self.view(sql) ?? Self.tableOfQuery(sql) {
            relations[name] = nil
            if let outcome = try? runner.run(query), outcome.failures.isEmpty { relations[name] = outcome.batch }
            return true
        }
        if let (name, ddl) = Self.match(#"(?is)^\s*CREATE\s+TABLE\s+(\w+)\s*\((.*)\)\s*(?:USING\s+\w+\s*)?$"#, sql) {
            relations[name] = nil
            if let schema = try? Schema(parsingDDL: ddl) { relations[name] = Self.empty(schema) }
            return true
        }
        if let (name, query) = Self.match(#"(?is)^\s*INSERT\s+INTO\s+(\w+)\s+((?:VALUES|SELECT)\b.*)$"#, sql) {
            insert(query, into: name, runner)
            return true
        }
        if let (name, _) = Self.match(#"(?is)^\s*TRUNCATE\s+TABLE\s+(\w+)\s*()$"#, sql) {
            empty(name)
            return true
        }
        let overwrite = #"(?is)^\s*INSERT\s+OVERWRITE\s+(?:TABLE\s+)?(\w+)\s+((?:VALUES|SELECT)\b.*)$"#
        if let (name, query) = Self.match(overwrite, sql) {
            empty(name)
            insert(query, into: name, runner)
            return true
        }
        return false
    }

    private mutating func empty(_ name: String) {
        for (key, table) in relations where key.lowercased() == name.lowercased() {
            relations[key] = Self.empty(table.schema)
        }
    }

    /// Rows that do not fit make the table unusable, rather than another one.
    private mutating func insert(_ query: String, into name: String, _ runner: QueryRunner) {
        guard let key = relations.keys.first(where: { $0.lowercased() == name.lowercased() }),
            let table = relations[key]
        else { return }
        relations[key] = nil
        guard let outcome = try? runner.run(query), outcome.failures.isEmpty,
            outcome.batch.columns.count == table.columns.count
        else { return }
        var errors = RowErrors()
        let columns = zip(outcome.batch.columns, table.schema.fields).map { column, field in
            column.type == field.type ? column : Cast.apply(column, to: field.type, mode: .ansi, errors: &errors)
        }
        guard errors.isEmpty else { return }
        let rows = ColumnBatch(schema: table.schema, columns: columns, rowCount: outcome.batch.rowCount)
        relations[key] = ColumnBatch.concatenated([table, rows])
    }

    private static func empty(_ schema: Schema) -> ColumnBatch {
        ColumnBatch(schema: schema, columns: schema.fields.map { Column($0.type, []) }, rowCount: 0)
    }

    /// The name and query of CREATE … VIEW … AS ….
    private static func view(_ sql: String) -> (String, String)? {
        let pattern =
            #"(?is)^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:GLOBAL\s+)?(?:TEMP(?:ORARY)?\s+)?VIEW\s+(\w+)\s*(\([^)]*\))?\s+AS\s+(.*)$"#
        guard let groups = groups(pattern, sql), let name = groups[0], let query = groups[2] else { return nil }
        return (name, groups[1].map { "SELECT * FROM (\(query)) AS v\($0)" } ?? query)
    }

    private static func tableOfQuery(_ sql: String) -> (String, String)? {
        match(#"(?is)^\s*CREATE\s+TABLE\s+(\w+)\s+(?:USING\s+\w+\s+)?AS\s+(.*)$"#, sql)
    }

    private static func match(_ pattern: String, _ sql: String) -> (String, String)? {
        guard let groups = groups(pattern, sql), let name = groups[0], let rest = groups[1] else { return nil }
        return (name, rest)
    }

    private static func groups(_ pattern: String, _ sql: String) -> [String?]? {
        guard let expression = try? NSRegularExpression(pattern: pattern),
            let match = expression.firstMatch(in: sql, range: NSRange(sql.startIndex..., in: sql))
        else { return nil }
        return (1..<match.numberOfRanges).map { Range(match.range(at: $0), in: sql).map { String(sql[$0]) } }
    }
}
