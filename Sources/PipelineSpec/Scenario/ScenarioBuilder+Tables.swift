// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText
import SQL
import StreamCore

extension ScenarioBuilder {
    /// The columns of the tables of a test, by path; those whose schema is wrong are noted and left out.
    static func schemas(
        _ root: CheckedObject, of document: PipelineDocument, _ problems: inout ProblemList
    ) -> [String: Schema] {
        var schemas: [String: Schema] = [:]
        for entry in root.entries("tables") {
            guard case .object(let table) = entry.value, let ddl = table.text("schema") else { continue }
            do throws(SQLErrors) {
                schemas[entry.name] = try Schema(parsingDDL: ddl.value)
            } catch {
                for error in error.errors {
                    problems.error(
                        at: ddl.fileOffset(of: error.position.byteOffset, in: document), error.code, error.message,
                        hint: error.hint.prefix(1).lowercased() + error.hint.dropFirst())
                }
            }
        }
        return schemas
    }

    /// The tables of a test with their first rows. One that no SQL reads is noted: its path is probably misspelled.
    mutating func tables(of root: CheckedObject) -> [String: Scenario.Table] {
        let read = Set(pipeline.transforms.flatMap { $0.plan.lookups.map(\.table.path) })
        var result: [String: Scenario.Table] = [:]
        for entry in root.entries("tables") {
            guard case .object(let table) = entry.value, let schema = tables[entry.name] else { continue }
            if !read.contains(entry.name) {
                problems.error(
                    at: entry.nameOffset, .unknownName, "no SQL of the pipeline reads a table '\(entry.name)'",
                    hint: Suggestion.hint(
                        for: entry.name, in: read.sorted(),
                        otherwise: read.isEmpty
                            ? "join a stream with it, or remove it"
                            : "it reads \(read.sorted().joined(separator: ", "))"
                    ))
            }
            result[entry.name] = Scenario.Table(
                schema: schema, rows: rows(table.jsonList("rows"), schema, of: entry.name))
        }
        return result
    }

    /// The new rows of a table.
    mutating func replacement(of object: CheckedObject) -> Scenario.Replacement? {
        guard let table = object.text("table") else { return nil }
        guard let schema = tables[table.value] else {
            problems.error(
                at: table.offset, .unknownName, "'\(table.written)' is no table of the test",
                hint: Suggestion.hint(
                    for: table.written, in: tables.keys.sorted(),
                    otherwise: "add it to \"tables\", with its schema and first rows"))
            return nil
        }
        return Scenario.Replacement(
            table: table.value, rows: rows(object.jsonList("rows"), schema, of: table.value))
    }

    private mutating func rows(_ written: [JSONValue], _ schema: Schema, of table: String) -> [[Value]] {
        var rows: [[Value]] = []
        for json in written {
            guard let row = row(json, Array(schema.fields.indices), schema, of: table) else { continue }
            for (field, value) in zip(schema.fields, row) where !field.nullable && value == .null {
                problems.error(
                    at: json.offset, .missingValue, "a row of '\(table)' lacks '\(field.name)', which is NOT NULL")
            }
            rows.append(row)
        }
        return rows
    }
}
