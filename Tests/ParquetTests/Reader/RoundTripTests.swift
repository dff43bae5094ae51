// SPDX-License-Identifier: Apache-2.0
import Columnar
import Parquet
import Testing

/// What is written is read back, whatever the types, pages, row groups and codecs are.
struct RoundTripTests {
    @Test(arguments: UInt64(0)..<12)
    func everyPrimitiveTypeComesBack(seed: UInt64) throws { try check(Schemas.primitives, seed: seed) }

    @Test(arguments: UInt64(100)..<112)
    func everyNestingComesBack(seed: UInt64) throws { try check(Schemas.nested, seed: seed) }

    private func check(_ schema: Schema, seed: UInt64) throws {
        var data = RandomData(seed: seed)
        let batches = [data.below(500), 0, 1, data.below(700)].map { data.batch(schema, rows: $0) }
        var options = ParquetWriterOptions()
        options.compression = [.none, .snappy, .zstd(level: 1), .zstd(level: 5)][data.below(4)]
        options.pageRows = [7, 200, 65_536][data.below(3)]
        options.pageBytes = [100, 1 << 20][data.below(2)]
        options.rowGroupRows = [333, 1 << 20][data.below(2)]
        options.dictionaryBytes = [0, 200, 1 << 20][data.below(3)]
        let written = try parquet(batches, options)
        let file = try ParquetFile(ParquetMemoryInput(Buffer(written.bytes)))
        #expect(file.schema == schema)
        var rows: [[Value]] = []
        for group in 0..<file.rowGroupCount { rows += try file.readRowGroup(group).rows }
        #expect(rows == batches.flatMap(\.rows))
        #expect(written.summary.rowCount == rows.count)
        #expect(written.summary.byteCount == written.bytes.count)
    }
}
