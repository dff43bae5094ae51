// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText
import Parquet
import Testing

/// Independent readers see exactly the rows that were written.
@Suite(.disabled(if: Python.isMissing, "no Python with pyarrow: set MILLRACE_PYTHON"))
struct IndependentReaderTests {
    static let readers = ["pyarrow", "duckdb", "polars"]

    @Test(arguments: readers, [UInt64(1), 2, 3])
    func everyPrimitiveTypeIsRead(reader: String, seed: UInt64) throws {
        try check(reader, Schemas.primitives, seed: seed, rows: [700, 1, 2500])
    }

    @Test(arguments: readers, [UInt64(4), 5, 6])
    func everyNestingIsRead(reader: String, seed: UInt64) throws {
        try check(reader, Schemas.nested, seed: seed, rows: [300, 0, 900])
    }

    @Test(arguments: readers)
    func columnsOfOnePlaceAreRead(reader: String) throws {
        let schema = Schema(["a", "b", "c"].map { Field($0, .bigint) })
        var options = ParquetWriterOptions()
        options.equalColumns = [1: 0]
        let rows = (0..<5_000).map { row in [row % 100, row % 100, row * 31].map { Value.bigint(Int64($0)) } }
        let columns = (0..<3).map { place in Column(.bigint, rows.map { $0[place] }) }
        try check(reader, [ColumnBatch(schema: schema, columns: columns, rowCount: rows.count)], options)
    }

    @Test(
        .disabled(if: Python.isSparkMissing, "no Python with Spark: set MILLRACE_SPARK_PYTHON"),
        arguments: [UInt64(7), 8])
    func everyPrimitiveTypeIsReadBySpark(seed: UInt64) throws {
        try check("spark", Schemas.primitives, seed: seed, rows: [700, 5_000])
    }

    @Test(
        .disabled(if: Python.isSparkMissing, "no Python with Spark: set MILLRACE_SPARK_PYTHON"),
        arguments: [UInt64(9), 10])
    func everyNestingIsReadBySpark(seed: UInt64) throws {
        try check("spark", Schemas.nested, seed: seed, rows: [300, 900])
    }

    @Test(arguments: [UInt64(11), 12, 13, 14])
    func statisticsAreThoseOfTheSummary(seed: UInt64) throws {
        var data = RandomData(seed: seed)
        let schema = seed % 2 == 0 ? Schemas.primitives : Schemas.nested
        let file = try parquet([data.batch(schema, rows: 400)])
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.parquet", file.bytes)
        let lines = try Python.run("read_statistics.py", [path]).split(separator: "\n")
        #expect(lines.count == file.summary.columns.count)
        for (line, column) in zip(lines, file.summary.columns) {
            let written = JSONValue(
                .array([
                    JSONValue(.string(column.path.joined(separator: "."))),
                    JSONValue(.number(String(column.nullCount))),
                    Canonical.value(column.minimum ?? .null, column.type, .numbers),
                    Canonical.value(column.maximum ?? .null, column.type, .numbers),
                ]))
            let read = try JSONValue(parsing: String(line) as String)
            let difference: String = "pyarrow has " + read.text + ", the summary " + written.text
            #expect(Canonical.isEqual(read, written), "\(difference)")
        }
    }

    private func check(_ reader: String, _ schema: Schema, seed: UInt64, rows: [Int]) throws {
        var data = RandomData(seed: seed)
        let batches = rows.map { data.batch(schema, rows: $0) }
        var options = ParquetWriterOptions()
        options.compression = [.none, .snappy, .zstd(level: 1)][Int(seed % 3)]
        options.pageRows = 1_000
        options.rowGroupRows = seed % 2 == 0 ? 1_500 : 1 << 20
        try check(reader, batches, options)
    }

    private func check(_ reader: String, _ batches: [ColumnBatch], _ options: ParquetWriterOptions) throws {
        let schema = batches[0].schema
        let file = try parquet(batches, options)
        let folder = try TemporaryFolder()
        let path = try folder.write("rows.parquet", file.bytes)
        let seen = reader == "spark" ? try Python.sparkCopy(path, to: folder.path + "/spark") : path
        let lines = try Python.run("read_rows.py", [reader == "spark" ? "pyarrow" : reader, seen]).split(
            separator: "\n")
        let expected = batches.flatMap { $0.rows }
        #expect(lines.count == expected.count)
        for (line, row) in zip(lines, expected) {
            let read = try JSONValue(parsing: String(line) as String)
            let written = Canonical.row(row, schema, .numbers)
            if !Canonical.isEqual(read, written) {
                let difference: String = "\(reader) read " + read.text + ", written was " + written.text
                Issue.record("\(difference)")
                return
            }
        }
    }
}
