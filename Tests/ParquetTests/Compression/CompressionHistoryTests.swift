// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

@testable import Parquet

struct CompressionHistoryTests {
    private let history = CompressionHistory()
    private let codes = CompressionHistory.Kind(column: ["a"], isDictionary: false)
    private let dictionary = CompressionHistory.Kind(column: ["a"], isDictionary: true)

    @Test(
        "pages that shrink little get little time, until one is tried again",
        arguments: [(600, nil), (601, CompressionEffort.little), (700, .little), (701, .least), (820, .least)])
    func trials(_ compressedByteCount: Int, _ effort: CompressionEffort?) {
        let between = CompressionHistory.pagesBetweenTrials
        #expect(history.effort(for: codes) == .full)
        for _ in 0..<2 {
            history.note(codes, byteCount: 800, compressedByteCount: compressedByteCount)
            #expect(
                (0..<between).map { _ in history.effort(for: codes) }
                    == Array(repeating: effort ?? .full, count: between))
            #expect(history.effort(for: codes) == .full)
        }
        #expect(history.effort(for: codes) == .full)
    }

    @Test("each column's data and dictionary are for themselves")
    func kinds() {
        history.note(codes, byteCount: 800, compressedByteCount: 812)
        #expect(history.effort(for: codes) == .least)
        #expect(history.effort(for: dictionary) == .full)
        #expect(history.effort(for: .init(column: ["b"], isDictionary: false)) == .full)
    }

    @Test("files that share a history hold the same rows, whatever it says")
    func files() throws {
        var random = SystemRandomNumberGenerator()
        let schema = Schema([Field("noise", .bigint), Field("word", .string)])
        var options = ParquetWriterOptions()
        options.pageRows = 200
        options.numberDictionaryBytes = 0
        var sizes: [Int] = []
        for _ in 0..<3 {
            let noise = (0..<4_000).map { _ in Int64.random(in: .min ... .max, using: &random) }
            let batch = ColumnBatch(
                schema: schema,
                columns: [
                    Column(.bigint, Buffer(noise)), Column(.string, noise.map { .string("word \($0 & 7)") }),
                ], rowCount: noise.count)
            let written = try parquet([batch], options)
            #expect(try ParquetFile(ParquetMemoryInput(Buffer(written.bytes))).readRowGroup(0).rows == batch.rows)
            sizes.append(written.summary.columns[0].compressedByteCount)
        }
        #expect(sizes.allSatisfy { (32_000...45_000).contains($0) }, "\(sizes)")
        #expect(options.compressionHistory.effort(for: .init(column: ["noise"], isDictionary: false)) == .least)
        #expect(options.compressionHistory.effort(for: .init(column: ["word"], isDictionary: true)) == .full)
    }
}
