// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import JSONText
import ObjectStore
import Sinks
import StreamCore
import StreamTesting
import Testing

/// Tables that Spark, deltalake and others made, with every feature that the corpora have: appended to, or refused by name.
@Suite(
    .enabled(if: DeltaCorpus.isPresent, "needs the conformance corpora (MILLRACE_CONFORMANCE)"),
    .enabled(if: Interoperability.isPresent, "needs Python with the independent readers (MILLRACE_PYTHON)"))
struct ForeignTableTests {
    @Test func oneMoreRowIsSeenByAllReadersThatReadTheTableBefore() async throws {
        let folder = TemporaryFolder()
        var paths: [String] = []
        for table in DeltaCorpus.tables("ok") { paths.append(try DeltaCorpus.copy(table, to: folder)) }
        let before = try await counts(paths)
        var refused: [String: String] = [:]
        var appended = 0
        for path in paths {
            do throws(PipelineError) {
                try await append(to: path)
                appended += 1
            } catch {
                #expect(error.code == .unsupportedTableFeature, "\(path): \(error)")
                refused[path] = error.what
            }
        }
        let after = try await counts(paths)
        for path in paths {
            guard let old = before[path]?.members else { continue }
            for count in old where count.value.int64 != nil {
                let expected = (count.value.int64 ?? 0) + (refused[path] == nil ? 1 : 0)
                #expect(
                    after[path]?[count.name]?.int64 == expected, "\(count.name) \(path) \(after[path]?.text ?? "")")
            }
        }
        #expect(appended > 80, "\(refused)")
        for (path, reason) in refused { #expect(reason.contains("'"), "\(path): \(reason)") }
    }

    private func append(to path: String) async throws(PipelineError) {
        let store = LocalObjectStore(root: path)
        let schema = try await DeltaTable(store: store).snapshot().schema.logical
        let sink = SinkBench(store).sink(schema: schema) { _ in }
        _ = try await sink.recover()
        let columns = schema.fields.map { Column($0.type, [$0.nullable ? .null : Self.value($0.type)]) }
        let token = try await SinkBench.prepare(
            sink, 0, [[ColumnBatch(schema: schema, columns: columns, rowCount: 1)]])
        _ = try await sink.publish(Epoch(0), token, provenance: SinkBench.provenance(0))
        await sink.close()
    }

    private static func value(_ type: DataType) -> Value {
        switch type {
        case .boolean: .boolean(true)
        case .tinyint: .tinyint(1)
        case .smallint: .smallint(1)
        case .int: .int(1)
        case .bigint: .bigint(1)
        case .float: .float(1)
        case .double: .double(1)
        case .decimal(_, let scale): .decimal(1, scale: scale)
        case .string: .string("x")
        case .binary: .binary([1])
        case .date: .date(1)
        case .timestamp: .timestamp(1)
        case .timestampNTZ: .timestampNTZ(1)
        case .structure(let fields): .structure(fields.map { $0.nullable ? .null : value($0.type) })
        case .array: .array([])
        case .map: .map([])
        case .void, .dayTimeInterval, .yearMonthInterval: .null
        }
    }

    /// The number of rows of each table by each reader that can read it.
    private func counts(_ paths: [String]) async throws -> [String: JSONValue] {
        let lines = try await Interoperability.python(
            """
            import json, sys, duckdb, duckdb_ext
            from deltalake import DeltaTable, QueryBuilder
            with duckdb_ext.init(duckdb.connect()) as con:
                for path in sys.argv[1].split('|'):
                    found = {}
                    try: found['duckdb'] = len(con.execute(f"select * from delta_scan('{path}')").fetchall())
                    except Exception as error: found['duckdb'] = str(error)[:200]
                    try: found['deltalake'] = QueryBuilder().register('t', DeltaTable(path)).execute('select * from t').read_all().num_rows
                    except BaseException as error: found['deltalake'] = str(error)[:200]
                    print(json.dumps([path, found]))
            """, paths.joined(separator: "|"))
        var counts: [String: JSONValue] = [:]
        for line in lines {
            guard let pair = try JSONValue(parsing: line).elements, let path = pair[0].string else { continue }
            counts[path] = pair[1]
        }
        return counts
    }
}
