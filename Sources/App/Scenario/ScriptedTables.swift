// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import PipelineSpec
import StreamCore
import Synchronization

/// The tables beside the streams of a pipeline test: they outlive the pipeline, and have the rows that the test gives them.
///
/// As with real ones, each change is a new version; a Delta table keeps the older ones, files do not.
final class ScriptedTables: LookupTables {
    /// All versions of a table, the newest last.
    private struct Table {
        let schema: Schema
        var versions: [[[Value]]]
    }

    private let tables: Mutex<[String: Table]>

    /// Tables by the path that SQL names, with their first version.
    init(_ tables: [String: Scenario.Table]) {
        self.tables = Mutex(tables.mapValues { Table(schema: $0.schema, versions: [$0.rows]) })
    }

    /// Gives a table other rows.
    func apply(_ replacement: Scenario.Replacement) {
        tables.withLock { $0[replacement.table]?.versions.append(replacement.rows) }
    }

    func schema(of table: LookupPlan.TableReference) async throws(PipelineError) -> Schema {
        try known(table).schema
    }

    func version(of table: LookupPlan.TableReference) async throws(PipelineError) -> String {
        "\(try known(table).versions.count - 1)"
    }

    func rows(
        of table: LookupPlan.TableReference, version: String, schema: Schema
    ) async throws(PipelineError) -> ColumnBatch? {
        let known = try known(table)
        guard let number = Int(version), known.versions.indices.contains(number),
            table.format == .delta || number == known.versions.count - 1
        else { return nil }
        let rows = known.versions[number]
        let columns = schema.fields.indices.map { column in
            Column(schema.fields[column].type, rows.map { $0[column] })
        }
        return ColumnBatch(schema: schema, columns: columns, rowCount: rows.count)
    }

    private func known(_ table: LookupPlan.TableReference) throws(PipelineError) -> Table {
        guard let known = tables.withLock({ $0[table.path] }) else {
            throw PipelineError(.tableNotFound, "the test has no table '\(table.path)'")
        }
        return known
    }
}
