// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension StringFunctions {
    /// How alike texts are, and sound.
    static let similarities: [FunctionDefinition] = [
        .strict(
            "levenshtein", usage: "levenshtein(str1, str2[, threshold])",
            summary:
                "How many characters must be put in, taken out or changed to make one text the other; -1 above the threshold.",
            Signature(.string, .string, optional: [.int]), to: .int
        ) { call, errors in
            let (left, right) = (call.text(0), call.text(1))
            let threshold = call.arguments.count == 3 ? call.int(2) : nil
            var table = EditDistance()
            return call.ints(&errors) { row, _ in
                let distance = Int32(table.distance(left[row], right[row]))
                if let threshold, distance > threshold[row] { return -1 }
                return distance
            }
        },
        .strict(
            "soundex", usage: "soundex(str)", summary: "The Soundex code of a text.", Signature(.string), to: .string
        ) {
            call, errors in
            let text = call.text(0)
            return call.texts(&errors) { row, out, _ in soundex(text[row], &out) }
        },
    ]

    private static let soundexCodes = Buffer<UInt8>(Array("01230127022455012623017202".utf8))

    private static func soundex(_ text: Span<UInt8>, _ out: inout TextSink) {
        guard !text.isEmpty, let first = letter(text[0]) else {
            out.append(text)
            return
        }
        let codes = soundexCodes.span
        out.bytes.append(first + 0x41)
        var last = codes[Int(first)]
        for index in 1..<max(text.count, 1) where out.rowCount < 4 {
            guard let letter = letter(text[index]) else {
                last = UInt8(ascii: "0")
                continue
            }
            let code = codes[Int(letter)]
            if code == UInt8(ascii: "7") { continue }
            if code != UInt8(ascii: "0") && code != last { out.bytes.append(code) }
            last = code
        }
        out.bytes.append(repeating: UInt8(ascii: "0"), count: 4 - out.rowCount)
    }

    /// The number of a letter from 0, in either case.
    private static func letter(_ byte: UInt8) -> UInt8? {
        let upper = byte & ~0x20
        return upper >= 0x41 && upper <= 0x5A ? upper - 0x41 : nil
    }
}

/// Levenshtein's distance by code points, in memory that is kept from row to row. O(left × right).
struct EditDistance {
    private var left: [Unicode.Scalar] = []
    private var costs: [Int] = []

    /// The distance of two texts.
    mutating func distance(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Int {
        left.removeAll(keepingCapacity: true)
        costs.removeAll(keepingCapacity: true)
        var position = 0
        while position < first.count {
            left.append(first.scalar(at: position))
            position = first.next(after: position)
        }
        for index in 0...left.count { costs.append(index) }
        position = 0
        var row = 0
        while position < second.count {
            let scalar = second.scalar(at: position)
            position = second.next(after: position)
            var diagonal = costs[0]
            row += 1
            costs[0] = row
            for index in left.indices {
                let change = diagonal + (left[index] == scalar ? 0 : 1)
                diagonal = costs[index + 1]
                costs[index + 1] = min(change, diagonal + 1, costs[index] + 1)
            }
        }
        return costs[left.count]
    }
}
