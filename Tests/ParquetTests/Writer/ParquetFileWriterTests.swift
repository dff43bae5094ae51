// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Parquet
import Testing

/// The writer keeps its bounds, accepts every layout of a column, and refuses what would break the file.
struct ParquetFileWriterTests {
    private let text = Schema([Field("t", .string)])

    private func batch(_ column: Column, _ schema: Schema) -> ColumnBatch {
        ColumnBatch(schema: schema, columns: [column], rowCount: column.count)
    }

    private func code(of operation: () throws(PipelineError) -> Void) -> PipelineError.Code? {
        do throws(PipelineError) {
            try operation()
            return nil
        } catch {
            return error.code
        }
    }

    @Test func dictionariesAndPlainTextMakeTheSameRows() throws {
        let words = Column(.string, ["x", "yy", "", "zzz"].map { .string($0) })
        let codes = Buffer<Int32>([3, 0, 0, 1, 2, 3, 0])
        let coded = Column(
            .string, count: 7, validity: Bitmap([true, true, false, true, true, true, true]),
            storage: .dictionary(codes: codes, values: words))
        let plain = coded.expandingDictionary()
        let written = try parquet([batch(coded, text), batch(plain, text), batch(coded, text)])
        let file = try ParquetFile(ParquetMemoryInput(Buffer(written.bytes)))
        #expect(
            try file.readRowGroup(0).rows == [coded, plain, coded].flatMap { column in column.values.map { [$0] } })
        #expect(written.summary.columns[0].nullCount == 3)
    }

    @Test func columnsThatAreEqualHaveOnePlace() throws {
        let schema = Schema([
            Field("t", .string), Field("a", .bigint), Field("s", .structure([Field("x", .bigint)])),
            Field("b", .bigint),
            Field("c", .bigint),
        ])
        var options = ParquetWriterOptions()
        options.pageRows = 100
        options.rowGroupRows = 1_000
        options.compression = .none
        func batch(_ rows: Range<Int>) -> ColumnBatch {
            let numbers = Column(.bigint, rows.map { .bigint(Int64($0 * 7_919 % 10_007)) })
            let columns = [
                Column(.string, rows.map { .string("row \($0)") }), numbers,
                Column(schema.fields[2].type, count: rows.count, validity: nil, storage: .fields([numbers])), numbers,
                Column(.bigint, rows.map { $0 % 9 == 0 ? .null : .bigint(Int64($0)) }),
            ]
            return ColumnBatch(schema: schema, columns: columns, rowCount: rows.count)
        }
        let batches = [batch(0..<1_700), batch(1_700..<2_050)]
        let apart = try parquet(batches, options)
        options.equalColumns = [3: 1]
        let shared = try parquet(batches, options)
        #expect(apart.bytes.count - shared.bytes.count > 2_050)
        #expect(shared.summary.columns.map { "\($0)" } == apart.summary.columns.map { "\($0)" })
        let file = try ParquetFile(ParquetMemoryInput(Buffer(shared.bytes)))
        let read = try (0..<3).map { try file.readRowGroup($0) }
        #expect(read.flatMap(\.rows) == batches.flatMap(\.rows))
        #expect(
            try file.readRowGroup(2, columns: ["c", "b"]).rows == batches[1].rows.suffix(50).map { [$0[4], $0[3]] })
    }

    @Test func pagesOfOneValueAreRunsOfItsCode() throws {
        let schema = Schema([Field("n", .bigint), Field("x", .double), Field("d", .decimal(precision: 30, scale: 2))])
        var options = ParquetWriterOptions()
        options.pageRows = 100
        options.compression = .none
        // Pages of one value, of several, of one that is new, of the first one with NULLs between, of none.
        let numbers: [Int64?] =
            Array(repeating: 7, count: 200) + (0..<100).map { $0 % 3 } + Array(repeating: 9, count: 100)
            + (0..<100).map { $0 % 2 == 0 ? 7 : nil } + Array(repeating: nil, count: 100)
        let batch = ColumnBatch(
            schema: schema,
            columns: [
                Column(.bigint, numbers.map { $0.map { .bigint($0) } ?? .null }),
                Column(.double, numbers.map { $0.map { .double(Double($0) / 2) } ?? .null }),
                Column(schema.fields[2].type, numbers.map { $0.map { .decimal(Int128($0), scale: 2) } ?? .null }),
            ], rowCount: numbers.count)
        let written = try parquet([batch], options)
        #expect(try ParquetFile(ParquetMemoryInput(Buffer(written.bytes))).readRowGroup(0).rows == batch.rows)
        #expect(written.summary.columns.map(\.minimum) == [.bigint(0), .double(-0.0), .decimal(0, scale: 2)])
        #expect(written.summary.columns.map(\.maximum) == [.bigint(9), .double(4.5), .decimal(9, scale: 2)])
        #expect(written.summary.columns.map(\.nullCount) == [150, 150, 150])
        // Six pages of 50 to 60 bytes with header and levels, one of them with codes of two bits each.
        #expect(written.summary.columns[0].compressedByteCount < 500)
    }

    @Test func rowGroupsEndAtTheirRows() throws {
        let schema = Schema([Field("n", .int)])
        let column = Column(.int, (0..<10).map { .int($0) })
        var options = ParquetWriterOptions()
        options.rowGroupRows = 4
        let file = try ParquetFile(ParquetMemoryInput(Buffer(try parquet([batch(column, schema)], options).bytes)))
        #expect((0..<file.rowGroupCount).map { file.rowCount(ofRowGroup: $0) } == [4, 4, 2])
    }

    @Test func aFileWithoutRowsIsAFile() throws {
        let written = try parquet([], schema: Schemas.nested)
        let file = try ParquetFile(ParquetMemoryInput(Buffer(written.bytes)))
        #expect(file.schema == Schemas.nested)
        #expect(file.rowCount == 0 && file.rowGroupCount == 0)
    }

    @Test func keyValuesAndTheWriterStandInTheFooter() throws {
        var options = ParquetWriterOptions()
        options.keyValueMetadata = [("a", "1"), ("b", "ü")]
        let file = try ParquetFile(ParquetMemoryInput(Buffer(try parquet([], schema: text, options).bytes)))
        #expect(file.keyValueMetadata.map { "\($0.key)=\($0.value ?? "")" } == ["a=1", "b=ü"])
        #expect(file.createdBy == "millrace version 0.1.0")
    }

    @Test func aNullInARequiredColumnIsRefused() throws {
        let schema = Schema([Field("t", .string, nullable: false)])
        let writer = try ParquetFileWriter(schema: schema, output: ParquetMemoryOutput())
        let nulls = batch(Column(.string, [.string("a"), .null]), schema)
        #expect(code { () throws(PipelineError) in try writer.append(nulls) } == .missingValue)
    }

    @Test func aNullInARequiredFieldIsRefusedUnlessItsParentIsNull() throws {
        let type = DataType.structure([Field("a", .int, nullable: false)])
        let schema = Schema([Field("s", type)])
        let writer = try ParquetFileWriter(schema: schema, output: ParquetMemoryOutput())
        try writer.append(batch(Column(type, [.null, .structure([.int(1)])]), schema))
        let broken = batch(Column(type, [.structure([.null])]), schema)
        #expect(code { () throws(PipelineError) in try writer.append(broken) } == .missingValue)
    }

    @Test func otherTypesAreRefused() throws {
        let writer = try ParquetFileWriter(schema: text, output: ParquetMemoryOutput())
        let numbers = batch(Column(.int, [.int(1)]), Schema([Field("t", .int)]))
        #expect(code { () throws(PipelineError) in try writer.append(numbers) } == .schemaMismatch)
    }

    @Test func aDecimalBeyondItsPrecisionIsRefused() throws {
        let type = DataType.decimal(precision: 5, scale: 2)
        let schema = Schema([Field("d", type)])
        let writer = try ParquetFileWriter(schema: schema, output: ParquetMemoryOutput())
        let large = batch(Column(type, [.decimal(100_000, scale: 2)]), schema)
        #expect(code { () throws(PipelineError) in try writer.append(large) } == .numericOverflow)
    }

    @Test(arguments: [DataType.void, .dayTimeInterval, .yearMonthInterval, .structure([])])
    func typesThatParquetLacksAreRefused(type: DataType) {
        #expect(
            code { () throws(PipelineError) in
                _ = try ParquetFileWriter(schema: Schema([Field("x", type)]), output: ParquetMemoryOutput())
            } == .unsupported)
    }

    @Test func bytesLeaveAsRowGroupsEnd() throws {
        let schema = Schema([Field("n", .bigint)])
        var random = RandomData(seed: 5)
        var options = ParquetWriterOptions()
        options.rowGroupBytes = 1 << 20
        options.compression = .none
        let output = ParquetMemoryOutput()
        let writer = try ParquetFileWriter(schema: schema, options: options, output: output)
        var greatest = 0
        for _ in 0..<40 {
            let values = (0..<20_000).map { _ in Int64(bitPattern: random.bits()) }
            try writer.append(
                batch(Column(.bigint, count: 20_000, validity: nil, storage: .int64(Buffer(values))), schema))
            greatest = max(greatest, writer.bufferedBytes)
        }
        #expect(greatest < 4 << 20)
        #expect(try writer.finish().rowCount == 800_000)
    }
}
