// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import ObjectStore
import Parquet
import Sources
import StreamCore
import StreamTesting
import Testing

/// Tables of lookups are read whole from Delta, Parquet, CSV and JSON, and their versions move with what is there.
struct FileTablesTests {
    private let folder: TemporaryFolder
    private let tables = FileTables()

    init() { folder = TemporaryFolder() }

    private func write(_ name: String, _ text: String) async throws {
        try await StoreLocation(folder.path).makeStore().put(name, Array(text.utf8))
    }

    private func reference(_ format: LookupPlan.TableReference.Format, _ name: String) -> LookupPlan.TableReference {
        LookupPlan.TableReference(format: format, path: folder.path + "/" + name)
    }

    private func read(_ table: LookupPlan.TableReference) async throws -> ColumnBatch? {
        let schema = try await tables.schema(of: table)
        return try await tables.rows(of: table, version: try await tables.version(of: table), schema: schema)
    }

    @Test func csvFilesNameTheirColumnsAndShareTypes() async throws {
        try await write("sites/a.csv", "site,floor,height,open,since\nberlin,1,2.5,true,2026-01-02\n")
        try await write("sites/b.csv", "since,site,floor,height,open\n2026-01-03,\"par,is\",,3,false\n")
        let rows = try await read(reference(.csv, "sites/*.csv"))
        #expect(rows?.schema.fields.map(\.type) == [.string, .bigint, .double, .boolean, .date])
        #expect(
            rows?.rows == [
                [.string("berlin"), .bigint(1), .double(2.5), .boolean(true), .date(20455)],
                [.string("par,is"), .null, .double(3), .boolean(false), .date(20456)],
            ])
    }

    @Test func jsonFieldsComeFromAllRecords() async throws {
        try await write("t.json", #"{"a": 1, "b": {"c": "x"}}"# + "\n" + #"{"a": 2.5, "d": [1, null]}"# + "\n")
        let rows = try await read(reference(.json, "t.json"))
        #expect(rows?.schema.fields.map(\.name) == ["a", "b", "d"])
        #expect(
            rows?.rows == [
                [.double(1), .structure([.string("x")]), .null],
                [.double(2.5), .null, .array([.bigint(1), .null])],
            ])
    }

    @Test func theVersionMovesWithTheFilesAndAnOldOneIsGone() async throws {
        try await write("t.csv", "a\n1\n")
        let table = reference(.csv, "t.csv")
        let schema = try await tables.schema(of: table)
        let first = try await tables.version(of: table)
        try await write("t.csv", "a\n1\n2\n")
        let second = try await tables.version(of: table)
        #expect(first != second)
        let old = try await tables.rows(of: table, version: first, schema: schema)
        #expect(old?.rowCount == nil)
        #expect(try await tables.rows(of: table, version: second, schema: schema)?.rowCount == 2)
    }

    @Test func aBrokenRecordIsNamed() async throws {
        try await write("t.csv", "a\n1\n")
        let table = reference(.csv, "t.csv")
        let schema = try await tables.schema(of: table)
        try await write("t.csv", "a\n1\nx\n")
        let error = await #expect(throws: PipelineError.self) {
            _ = try await tables.rows(of: table, version: try await tables.version(of: table), schema: schema)
        }
        #expect(error?.description.contains("t.csv") == true)
        await #expect(throws: PipelineError.self) { _ = try await tables.schema(of: reference(.json, "none/*.json")) }
    }

    private static let schema = Schema([Field("id", .bigint), Field("name", .string), Field("day", .date)])

    private func parquet(_ ids: [Int64]) throws -> [UInt8] {
        let output = ParquetMemoryOutput()
        let schema = Schema(Array(Self.schema.fields.prefix(2)))
        let writer = try ParquetFileWriter(schema: schema, output: output)
        try writer.append(
            ColumnBatch(
                schema: schema,
                columns: [Column(.bigint, ids.map { .bigint($0) }), Column(.string, ids.map { .string("n\($0)") })],
                rowCount: ids.count))
        _ = try writer.finish()
        return output.take().array
    }

    @Test func parquetFilesAreReadBelowEachOther() async throws {
        let store = try StoreLocation(folder.path).makeStore()
        try await store.put("p/a.parquet", try parquet([1, 2]))
        try await store.put("p/b.parquet", try parquet([3]))
        let rows = try await read(reference(.parquet, "p"))
        #expect(
            rows?.rows == [
                [.bigint(1), .string("n1")], [.bigint(2), .string("n2")], [.bigint(3), .string("n3")],
            ])
        #expect(try tables.schemaBlocking(of: reference(.parquet, "p")).fields.map(\.name) == ["id", "name"])
    }

    @Test func aDeltaTableIsReadAtTheVersionAskedFor() async throws {
        let store = try StoreLocation(folder.path + "/d").makeStore()
        let table = DeltaTable(store: store)
        _ = try await table.createIfAbsent(.init(schema: Self.schema, partitionColumns: ["day"]))
        for (index, day) in ["2026-01-02", nil].enumerated() {
            let bytes = try parquet([Int64(index)])
            try await store.put("f\(index).parquet", bytes)
            _ = try await table.commit { _ in
                TableCommit(
                    operation: "WRITE",
                    actions: [
                        .add(
                            AddFile(
                                path: "f\(index).parquet", partitionValues: ["day": day],
                                byteCount: Int64(bytes.count), modificationMillis: 1))
                    ], isBlindAppend: true)
            }
        }
        let reference = reference(.delta, "d")
        let schema = try await tables.schema(of: reference)
        #expect(schema.fields.map(\.name) == ["id", "name", "day"])
        #expect(try await tables.version(of: reference) == "2")
        let old = try await tables.rows(of: reference, version: "1", schema: schema)
        #expect(old?.rows == [[.bigint(0), .string("n0"), .date(20455)]])
        let new = try await tables.rows(of: reference, version: "2", schema: schema)
        #expect(new?.rows == [[.bigint(0), .string("n0"), .date(20455)], [.bigint(1), .string("n1"), .null]])
        #expect(try tables.schemaBlocking(of: reference) == schema)
    }
}
