// SPDX-License-Identifier: Apache-2.0
import Columnar
import Formats
import StreamCore
import Testing

/// The C++ decoder gives what the naive one gives, whatever the batch.
struct JSONTwinTests {
    private func decoder() throws -> RecordDecoder {
        try RecordDecoder(format: .json(JSONFormatOptions()), schema: Schema(RandomRecords.fields))
    }

    @Test("rows and malformed records are those of the naive decoder", arguments: UInt64(0)..<12)
    func agreesWithTheNaiveDecoder(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        let texts = (0..<300).map { _ in random.record() }
        let decoded = try decoder().decode(records(texts, separator: seed % 3 == 0 ? "" : "\n"))
        let naive = NaiveJSONDecoder(fields: RandomRecords.fields)
        let owners = decoded.recordIndices.array
        let rows = Dictionary(grouping: owners.indices) { Int(owners[$0]) }
        let malformed = Dictionary(grouping: decoded.malformed, by: \.recordIndex)
        #expect(owners == owners.sorted())
        for (index, text) in texts.enumerated() {
            // Printed, because NaN equals nothing.
            let found = rows[index].map { "\($0.map { decoded.rows.row($0) })" } ?? "nothing"
            let expected = naive.rows(text).map { $0.isEmpty ? "nothing" : "\($0)" } ?? "nothing"
            #expect(found == expected, "\(String(decoding: text, as: UTF8.self)) \(malformed[index] ?? [])")
            #expect((malformed[index] == nil) == (naive.rows(text) != nil))
        }
    }

    @Test("the answer does not depend on how records are split into batches", arguments: UInt64(100)..<110)
    func batchBoundariesDoNotMatter(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        let texts = (0..<400).map { _ in random.record() }
        let whole = try decoder().decode(records(texts))
        let decoder = try decoder()
        var (rows, messages): ([[Value]], [String]) = ([], [])
        var start = 0
        var size = 1
        while start < texts.count {
            let part = try decoder.decode(records(Array(texts[start..<min(texts.count, start + size)])))
            rows += part.rows.rows
            messages += part.malformed.map { "\(start + $0.recordIndex) \($0.code) \($0.message)" }
            start += size
            size = size * 3 % 47 + 1
        }
        // Printed, because NaN equals nothing.
        #expect("\(rows)" == "\(whole.rows.rows)")
        #expect(messages == whole.malformed.map { "\($0.recordIndex) \($0.code) \($0.message)" })
    }
}
