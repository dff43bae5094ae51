// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import ObjectStore
import Sinks
import StreamCore
import StreamTesting
import Testing

/// Upserted tables as deltalake, DuckDB and Polars see them, and tables of deltalake that are upserted to.
@Suite(.enabled(if: Interoperability.isPresent, "needs Python with the independent readers (MILLRACE_PYTHON)"))
struct UpsertInteroperabilityTests {
    private typealias Row = UpsertBench.Row
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/table" }
    private var bench: UpsertBench { UpsertBench(LocalObjectStore(root: path)) }

    private static func line(_ device: String, _ day: String?, _ value: Int64) -> String {
        "{\"day\": \(day.map { "\"\($0)\"" } ?? "null"), \"device\": \"\(device)\", \"value\": \(value)}"
    }

    @Test func everyReaderSeesTheLastRowOfEachKey() async throws {
        let sink = bench.sink(partitionBy: ["day"])
        _ = try await sink.recover()
        for epoch in Int64(0)..<25 {
            try await UpsertBench.run(
                sink, epoch, (0..<8).map { Row(device: "d\((Int(epoch) * 3 + $0) % 20)", day: 20_454, value: epoch) })
        }
        await sink.close()
        var last: [String: Int64] = [:]
        for epoch in Int64(0)..<25 { for number in 0..<8 { last["d\((Int(epoch) * 3 + number) % 20)"] = epoch } }
        let expected = last.map { Self.line($0.key, "2026-01-01", $0.value) }.sorted()
        #expect(expected.count == 20)
        for reader in Interoperability.Reader.allCases {
            #expect(try await Interoperability.rows(of: path, by: reader) == expected, "\(reader)")
        }
        // The table checkpoint at version 20 carries the tombstones and the table without its commits.
        let store = LocalObjectStore(root: path)
        for version in 0...20 {
            try await store.delete("_delta_log/000000000000000000\(version < 10 ? "0" : "")\(version).json")
        }
        for reader in Interoperability.Reader.allCases {
            #expect(try await Interoperability.rows(of: path, by: reader) == expected, "\(reader)")
        }
    }

    @Test func aTableOfDeltalakeWithItsTypesAndStatisticsIsUpserted() async throws {
        _ = try await Interoperability.python(
            """
            import sys, datetime, pyarrow as pa
            from deltalake import write_deltalake
            schema = pa.schema([('device', pa.string()), ('day', pa.date32()), ('value', pa.int64())])
            for low in (0, 1000, 2000):
                rows = {'device': [f'{n:05}' for n in range(low, low + 1000)], 'day': [datetime.date(2026, 1, 1 + n % 2) for n in range(1000)], 'value': list(range(low, low + 1000))}
                write_deltalake(sys.argv[1], pa.table(rows, schema=schema), mode='append', partition_by=['day'])
            """, path)
        let sink = bench.sink()
        _ = try await sink.recover()
        let before = Set(try await bench.bench.snapshot().files.map(\.path))
        try await UpsertBench.run(
            sink, 0, [Row(device: "01500", day: 20_454, value: -1), Row(device: "99999", value: -2)])
        await sink.close()
        let after = Set(try await bench.bench.snapshot().files.map(\.path))
        #expect(before.count == 6 && before.subtracting(after).count == 1)
        let seen = try await Interoperability.python(
            """
            import sys, duckdb, duckdb_ext
            from deltalake import DeltaTable, QueryBuilder
            query = "select count(*) as n, sum(value) as s, count(distinct device) as d from t"
            import pyarrow as pa
            table = pa.table(QueryBuilder().register('t', DeltaTable(sys.argv[1])).execute(query).read_all()).to_pylist()[0]
            print(table['n'], table['s'], table['d'])
            with duckdb_ext.init(duckdb.connect()) as con:
                print(*con.execute(f"select count(*), sum(value), count(distinct device) from delta_scan('{sys.argv[1]}')").fetchone())
            """, path)
        let sum = 2999 * 3000 / 2 - 1500 - 3
        #expect(seen.suffix(2) == ["3001 \(sum) 3001", "3001 \(sum) 3001"])
    }

    @Test func twoProgramsWritingAtOnceLoseNothing() async throws {
        let sink = bench.sink()
        _ = try await sink.recover()
        async let theirs = Interoperability.python(
            """
            import sys, datetime, pyarrow as pa
            from deltalake import write_deltalake
            schema = pa.schema([('device', pa.string()), ('day', pa.date32()), ('value', pa.int64())])
            for n in range(15):
                rows = {'device': [f'theirs-{n}'], 'day': [None], 'value': [n]}
                write_deltalake(sys.argv[1], pa.table(rows, schema=schema), mode='append')
            print('done')
            """, path)
        for epoch in Int64(0)..<40 {
            try await UpsertBench.run(sink, epoch, (0..<5).map { Row(device: "ours-\($0)", value: epoch) })
        }
        #expect(try await theirs == ["done"])
        await sink.close()
        let expected =
            ((0..<5).map { Self.line("ours-\($0)", nil, 39) }
            + (0..<15).map { Self.line("theirs-\($0)", nil, Int64($0)) })
            .sorted()
        for reader in Interoperability.Reader.allCases {
            #expect(try await Interoperability.rows(of: path, by: reader) == expected, "\(reader)")
        }
    }
}
