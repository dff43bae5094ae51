// SPDX-License-Identifier: Apache-2.0
import Columnar
import Formats
import StreamCore
import StreamTesting
import Testing

/// The C++ decoder gives what the naive one gives, whatever the batch.
struct JSONTwinTests {
    private func decoder(_ fields: [Field] = RandomRecords.fields) throws -> RecordDecoder {
        try RecordDecoder(format: .json(JSONFormatOptions()), schema: Schema(fields))
    }

    @Test("rows and malformed records are those of the naive decoder", arguments: UInt64(0)..<12)
    func agreesWithTheNaiveDecoder(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        let texts = (0..<300).map { _ in random.record() }
        try expectTwins(texts, RandomRecords.fields, separator: seed % 3 == 0 ? "" : "\n")
    }

    @Test("every number of up to five characters, and longer ones with one character changed")
    func numbersInEverySpelling() throws {
        let alphabet = Array("017.-e ".utf8)
        var spellings: [[UInt8]] = [[]]
        for length in 1...5 {
            spellings += spellings.filter { $0.count == length - 1 }.flatMap { text in alphabet.map { text + [$0] } }
        }
        var random = SeededNumbers(seed: 11)
        for _ in 0..<3000 {
            let digits = (0..<Int.random(in: 6...12, using: &random)).map { _ in
                UInt8.random(in: 48...57, using: &random)
            }
            spellings.append(digits)
            var changed = digits
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                changed[Int.random(in: changed.indices, using: &random)] = Array(".-+e /:\0".utf8).randomElement(
                    using: &random)!
            }
            spellings.append(changed)
        }
        let texts = spellings.map { Array(#"{"d":"#.utf8) + $0 + Array(#","l":"#.utf8) + $0 + Array("}".utf8) }
        try expectTwins(texts, [Field("d", .double)])
        try expectTwins(texts, [Field("l", .bigint)])
        try expectTwins(texts, [Field("l", .int)])
    }

    @Test("times of every precision, and with one character changed")
    func timesInManySpellings() throws {
        var random = SeededNumbers(seed: 12)
        var texts: [[UInt8]] = []
        for _ in 0..<3000 {
            let numbers = [9999, 13, 32, 25, 61, 61].map { Int.random(in: 0..<$0, using: &random) }
            let fields = zip(numbers, [4, 2, 2, 2, 2, 2]).map {
                String(repeating: "0", count: $1 - "\($0)".count) + "\($0)"
            }
            let digits = (0..<Int.random(in: 0...7, using: &random)).map { _ in
                "\(Int.random(in: 0...9, using: &random))"
            }
            let fraction = digits.isEmpty && Bool.random(using: &random) ? "" : "." + digits.joined()
            let day = Bool.random(using: &random) ? "2024-02-29" : fields[..<3].joined(separator: "-")
            let time = Array(
                (day + (Bool.random(using: &random) ? "T" : " ") + fields[3...].joined(separator: ":") + fraction + "Z")
                    .utf8)
            var changed = time
            changed[Int.random(in: 0..<changed.count - 1, using: &random)] = UInt8.random(in: 46...58, using: &random)
            texts += [time, changed].map { Array(#"{"t":""#.utf8) + $0 + Array(#""}"#.utf8) }
        }
        try expectTwins(texts, [Field("t", .timestamp)])
    }

    private func expectTwins(_ texts: [[UInt8]], _ fields: [Field], separator: String = "\n") throws {
        let decoded = try decoder(fields).decode(records(texts, separator: separator))
        let naive = NaiveJSONDecoder(fields: fields)
        let owners = decoded.recordIndices.array
        let rows = Dictionary(grouping: owners.indices) { Int(owners[$0]) }
        let malformed = Dictionary(grouping: decoded.malformed, by: \.recordIndex)
        #expect(owners == owners.sorted())
        for (index, text) in texts.enumerated() {
            // Printed, because NaN equals nothing.
            let found = rows[index].map { "\($0.map { decoded.rows.row($0) })" } ?? "nothing"
            let naiveRows = naive.rows(text)
            let expected = naiveRows.map { $0.isEmpty ? "nothing" : "\($0)" } ?? "nothing"
            guard found != expected || (malformed[index] == nil) != (naiveRows != nil) else { continue }
            Issue.record(
                "\(String(decoding: text, as: UTF8.self)): \(found) instead of \(expected), \(malformed[index] ?? [])")
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
