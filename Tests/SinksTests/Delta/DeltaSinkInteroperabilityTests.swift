// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import ObjectStore
import Sinks
import StreamCore
import StreamTesting
import Testing

/// Tables as deltalake, DuckDB and Polars see them, and tables that deltalake made.
@Suite(.enabled(if: Interoperability.isPresent, "needs Python with the independent readers (MILLRACE_PYTHON)"))
struct DeltaSinkInteroperabilityTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/table" }
    private var bench: SinkBench { SinkBench(LocalObjectStore(root: path)) }

    private static let allTypes = Schema([
        Field("id", .bigint, nullable: false), Field("b", .boolean), Field("i8", .tinyint), Field("i16", .smallint),
        Field("i32", .int), Field("f", .float), Field("d", .double), Field("dec", .decimal(precision: 20, scale: 3)),
        Field("s", .string), Field("bin", .binary), Field("day", .date), Field("at", .timestamp),
        Field("local", .timestampNTZ), Field("st", .structure([Field("x", .int), Field("y", .string)])),
        Field("l", .array(element: .int, containsNull: true)),
        Field("m", .map(key: .string, value: .double, valueContainsNull: true)),
    ])

    @Test(arguments: Interoperability.Reader.allCases)
    func everyTypeReadsBackAsWritten(reader: Interoperability.Reader) async throws {
        let sink = bench.sink(schema: Self.allTypes) { _ in }
        _ = try await sink.recover()
        let rows: [[Value]] = [
            [
                .bigint(1), .boolean(true), .tinyint(-1), .smallint(300), .int(70_000), .float(1.5), .double(-2.25),
                .decimal(-1_234_567_890_123_456_789, scale: 3), .string("grüße"), .binary([0, 255]), .date(-1),
                .timestamp(1_767_225_600_123_456), .timestampNTZ(1), .structure([.int(1), .string("z")]),
                .array([.int(1), .null]), .map([.init(.string("k"), .double(1))]),
            ],
            [.bigint(2)] + [Value](repeating: .null, count: 15),
        ]
        let columns = Self.allTypes.fields.indices.map { index in
            Column(Self.allTypes.fields[index].type, rows.map { $0[index] })
        }
        let batch = ColumnBatch(schema: Self.allTypes, columns: columns, rowCount: 2)
        let token = try await SinkBench.prepare(sink, 0, [[batch]])
        _ = try await sink.publish(Epoch(0), token, provenance: SinkBench.provenance(0))
        let nulls = Self.allTypes.fields.map(\.name).filter { $0 != "id" }.sorted()
        let second = (nulls + ["id"]).sorted().map { $0 == "id" ? "\"id\": 2" : "\"\($0)\": null" }
        #expect(
            try await Interoperability.rows(of: path, by: reader) == [
                #"{"at": "2026-01-01T00:00:00.123456Z", "b": true, "bin": "0x00ff", "d": -2.25, "day": "1969-12-31", "#
                    + #""dec": "-1234567890123456.789", "f": 1.5, "i16": 300, "i32": 70000, "i8": -1, "id": 1, "l": [1, null], "#
                    + #""local": "1970-01-01T00:00:00.000001", "m": [["k", 1.0]], "s": "gr\u00fc\u00dfe", "#
                    + #""st": {"x": 1, "y": "z"}}"#,
                "{" + second.joined(separator: ", ") + "}",
            ])
    }

    @Test(arguments: Interoperability.Reader.allCases)
    func partitionsOfEveryTypeReadBackAsWritten(reader: Interoperability.Reader) async throws {
        let schema = Schema([
            Field("n", .int), Field("s", .string), Field("day", .date), Field("k", .bigint), Field("flag", .boolean),
            Field("dec", .decimal(precision: 6, scale: 2)),
        ])
        let sink = bench.sink(schema: schema) { $0.partitionBy = ["s", "day", "k", "flag", "dec"] }
        _ = try await sink.recover()
        let rows: [[Value]] = [
            [.int(1), .string("a/b=c d%é"), .date(20_454), .bigint(-7), .boolean(true), .decimal(-5, scale: 2)],
            [.int(2), .null, .null, .null, .null, .null],
            [.int(3), .string("a/b=c d%é"), .date(20_454), .bigint(-7), .boolean(true), .decimal(-5, scale: 2)],
        ]
        let columns = schema.fields.indices.map { index in Column(schema.fields[index].type, rows.map { $0[index] }) }
        let token = try await SinkBench.prepare(
            sink, 0, [[ColumnBatch(schema: schema, columns: columns, rowCount: 3)]])
        _ = try await sink.publish(Epoch(0), token, provenance: SinkBench.provenance(0))
        #expect(try await bench.snapshot().fileCount == 2)
        #expect(
            try await Interoperability.rows(of: path, by: reader) == [
                #"{"day": "2026-01-01", "dec": "-0.05", "flag": true, "k": -7, "n": 1, "s": "a/b=c d%\u00e9"}"#,
                #"{"day": "2026-01-01", "dec": "-0.05", "flag": true, "k": -7, "n": 3, "s": "a/b=c d%\u00e9"}"#,
                #"{"day": null, "dec": null, "flag": null, "k": null, "n": 2, "s": null}"#,
            ])
    }

    @Test(arguments: Interoperability.Reader.allCases)
    func timestampPartitionsAreInstants(reader: Interoperability.Reader) async throws {
        let schema = Schema([Field("n", .int), Field("at", .timestamp)])
        let sink = bench.sink(schema: schema) { $0.partitionBy = ["at"] }
        _ = try await sink.recover()
        let batch = ColumnBatch(
            schema: schema,
            columns: [
                Column(.int, [.int(1), .int(2)]),
                Column(.timestamp, [.timestamp(1_767_225_600_000_000), .timestamp(1_767_225_600_123_456)]),
            ], rowCount: 2)
        let token = try await SinkBench.prepare(sink, 0, [[batch]])
        _ = try await sink.publish(Epoch(0), token, provenance: SinkBench.provenance(0))
        #expect(
            try await Interoperability.rows(of: path, by: reader) == [
                #"{"at": "2026-01-01T00:00:00.000000Z", "n": 1}"#, #"{"at": "2026-01-01T00:00:00.123456Z", "n": 2}"#,
            ])
    }

    @Test func filtersOnStatisticsLoseNothing() async throws {
        let sink = bench.sink()
        _ = try await sink.recover()
        for epoch in Int64(0)..<5 { try await SinkBench.run(sink, epoch, Int(epoch) * 100..<Int(epoch + 1) * 100) }
        let counts = try await Interoperability.python(
            """
            import sys, duckdb, duckdb_ext
            from deltalake import DeltaTable
            print(len(DeltaTable(sys.argv[1]).to_pyarrow_table(filters=[('value','>=',75.0),('value','<',175.0)])))
            with duckdb_ext.init(duckdb.connect()) as con:
                print(con.execute(f"select count(*) from delta_scan('{sys.argv[1]}') where value >= 75 and value < 175").fetchone()[0])
                print(con.execute(f"select count(*) from delta_scan('{sys.argv[1]}') where day = date '2026-01-02'").fetchone()[0])
            """, path)
        #expect(counts == ["200", "200", "167"])
    }

    @Test func deltalakeKnowsOurTransactionAndHistory() async throws {
        let sink = bench.sink()
        _ = try await sink.recover()
        for epoch in Int64(0)..<12 { try await SinkBench.run(sink, epoch, 0..<3) }
        await sink.close()
        let lines = try await Interoperability.python(
            """
            import sys
            from deltalake import DeltaTable
            table = DeltaTable(sys.argv[1])
            print(table.version(), table.transaction_version('millrace:p:out'), len(table.file_uris()))
            print(table.history(1)[0]['operation'], table.history(1)[0]['operationMetrics'])
            """, path)
        #expect(lines.first == "12 11 36")
        #expect(lines.last?.hasPrefix("STREAMING UPDATE") == true)
    }

    @Test(
        "table checkpoints carry a table without its old commits",
        arguments: [[:], ["delta.checkpoint.writeStatsAsStruct": "true"]])
    func checkpointsStandInForCommits(properties: [String: String]) async throws {
        let sink = bench.sink {
            $0.partitionBy = ["day"]
            $0.properties = properties
        }
        _ = try await sink.recover()
        for epoch in Int64(0)..<12 { try await SinkBench.run(sink, epoch, Int(epoch) * 3..<Int(epoch + 1) * 3) }
        await sink.close()
        let store = LocalObjectStore(root: path)
        for version in 0...10 {
            try await store.delete("_delta_log/000000000000000000\(version < 10 ? "0" : "")\(version).json")
        }
        for reader in Interoperability.Reader.allCases {
            #expect(try await Interoperability.rows(of: path, by: reader).count == 36, "\(reader)")
        }
        let lines = try await Interoperability.python(
            """
            import sys
            from deltalake import DeltaTable
            table = DeltaTable(sys.argv[1])
            print(table.version(), table.transaction_version('millrace:p:out'), len(table.file_uris()))
            print(len(table.to_pyarrow_table(filters=[('value','>=',3.0),('value','<',6.0)])))
            """, path)
        #expect(lines == ["12 11 36", "6"])
    }

    @Test("table checkpoints of the V2 spec do so too; Polars reads no table that asks for them")
    func v2CheckpointsStandInForCommits() async throws {
        let sink = bench.sink {
            $0.partitionBy = ["day"]
            $0.properties = ["delta.checkpointPolicy": "v2"]
        }
        _ = try await sink.recover()
        for epoch in Int64(0)..<12 { try await SinkBench.run(sink, epoch, Int(epoch) * 3..<Int(epoch + 1) * 3) }
        await sink.close()
        let store = LocalObjectStore(root: path)
        for version in 0...10 {
            try await store.delete("_delta_log/000000000000000000\(version < 10 ? "0" : "")\(version).json")
        }
        for reader in [Interoperability.Reader.deltalake, .duckdb] {
            #expect(try await Interoperability.rows(of: path, by: reader).count == 36, "\(reader)")
        }
    }

    @Test func twoProgramsAppendingAtOnceLoseNothing() async throws {
        let sink = bench.sink()
        _ = try await sink.recover()
        async let theirs = Interoperability.python(
            """
            import sys, datetime, pyarrow as pa
            from deltalake import write_deltalake
            schema = pa.schema([pa.field('device', pa.string(), False), pa.field('value', pa.float64()), pa.field('day', pa.date32())])
            for n in range(20):
                rows = {'device': [f'theirs-{n}'], 'value': [float(n)], 'day': [datetime.date(2026, 1, 1)]}
                write_deltalake(sys.argv[1], pa.table(rows, schema=schema), mode='append')
            print('done')
            """, path)
        for epoch in Int64(0)..<40 { try await SinkBench.run(sink, epoch, Int(epoch) * 3..<Int(epoch + 1) * 3) }
        #expect(try await theirs == ["done"])
        await sink.close()
        for reader in Interoperability.Reader.allCases {
            let rows = try await Interoperability.rows(of: path, by: reader)
            #expect(rows.count == 140, "\(reader)")
            #expect(Set(rows).count == 140, "\(reader)")
        }
        #expect(try await DeltaTable(store: LocalObjectStore(root: path)).snapshot().version.number == 60)
    }

    @Test func tablesThatDeltalakeMadeAreAppendedTo() async throws {
        _ = try await Interoperability.python(
            """
            import sys, pyarrow as pa, datetime
            from deltalake import write_deltalake
            rows = pa.table({'device': ['a', 'b'], 'value': [1.0, None], 'day': [datetime.date(2026, 1, 1)] * 2})
            write_deltalake(sys.argv[1], rows, partition_by=['day'], configuration={'delta.appendOnly': 'true', 'delta.checkpointInterval': '3'})
            """, path)
        let sink = bench.sink()
        #expect(try await sink.recover() == .empty)
        for epoch in Int64(0)..<4 { try await SinkBench.run(sink, epoch, 0..<3) }
        await sink.close()
        for reader in Interoperability.Reader.allCases {
            #expect(try await Interoperability.rows(of: path, by: reader).count == 14, "\(reader)")
        }
    }

    @Test func constraintsThatWeCannotEvaluateAreRefusedByName() async throws {
        _ = try await Interoperability.python(
            """
            import sys, pyarrow as pa, datetime
            from deltalake import write_deltalake, DeltaTable
            rows = pa.table({'device': ['a'], 'value': [1.0], 'day': [datetime.date(2026, 1, 1)]})
            write_deltalake(sys.argv[1], rows, partition_by=['day'])
            DeltaTable(sys.argv[1]).alter.add_constraint({'positive': 'value > 0'})
            """, path)
        let error = await #expect(throws: PipelineError.self) { try await bench.sink().recover() }
        #expect(error?.code == .unsupportedTableFeature)
        #expect(error?.what.contains("CHECK constraint 'positive'") == true)
        #expect(try await DeltaTable(store: LocalObjectStore(root: path)).snapshot().version.number == 1)
    }
}
