// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText
import StreamTesting

/// Records that mostly fit a schema: fields missing, repeated, unknown, of other types, and sometimes broken bytes.
struct RandomRecords {
    private var random: SeededNumbers

    static let fields: [Field] = [
        Field("s", .string), Field("n", .bigint, nullable: false), Field("i", .int), Field("h", .smallint),
        Field("d", .double), Field("m", .decimal(precision: 10, scale: 2)), Field("b", .boolean),
        Field("t", .timestamp), Field("longer name", .string),
        Field("o", .structure([Field("x", .bigint), Field("y", .array(element: .string, containsNull: true))])),
        Field("l", .array(element: .double, containsNull: true)),
        Field("p", .map(key: .string, value: .bigint, valueContainsNull: true)),
        Field("z", .array(element: .structure([Field("k", .string)]), containsNull: true)),
    ]

    init(seed: UInt64) { random = SeededNumbers(seed: seed) }

    mutating func record() -> [UInt8] {
        var members: [(String, JSONValue)] = []
        for field in Self.fields where chance(9, 10) || field.name == "n" {
            // A number as a time has a test of its own.
            members.append((field.name, field.type != .timestamp && chance(1, 40) ? anything() : value(field.type)))
        }
        if chance(1, 6) { members.append(("unknown", anything())) }
        if chance(1, 8), let again = Self.fields.randomElement(using: &random) {
            members.append((again.name, value(again.type)))
        }
        if chance(1, 4) { members.shuffle(using: &random) }
        var bytes = Array(JSONValue.object(members).text.utf8)
        if chance(1, 30) { bytes = Array("[".utf8) + bytes + Array(",".utf8) + bytes + Array("]".utf8) }
        if chance(1, 10) { damage(&bytes) }
        return bytes.filter { $0 != 0x0A }
    }

    private mutating func chance(_ hits: Int, _ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) < hits }

    private mutating func damage(_ bytes: inout [UInt8]) {
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.removeLast(bytes.count - position)
        case 1: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 2:
            bytes.insert(
                contentsOf: Array("\"{}[]:,\\ 1e-.tn".utf8).randomElement(using: &random).map { [$0] } ?? [],
                at: position)
        default: bytes.remove(at: position)
        }
    }

    private mutating func text() -> String {
        let pieces = [
            "a", "site-07", "\"", "\\", "é", "😀", "\n", "\u{1}", "longer than eight bytes", "", "NaN", "{", "]",
        ]
        let count = Int.random(in: 0..<4, using: &random)
        return (0..<count).compactMap { _ in pieces.randomElement(using: &random) }.joined()
    }

    private mutating func number() -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: String(Int64.random(in: .min ... .max, using: &random))
        case 1: "\(Double.random(in: -1e6...1e6, using: &random))"
        case 2: "\(Int.random(in: -999...999, using: &random)).\(Int.random(in: 0...999, using: &random))"
        case 3: "\(Int.random(in: 0...99, using: &random))e\(Int.random(in: -30...30, using: &random))"
        case 4: "92233720368547758\(Int.random(in: 0...99, using: &random))"
        case 5:
            "0.\(String(repeating: "0", count: Int.random(in: 0...20, using: &random)))\(UInt64.random(in: 1 ... .max, using: &random))"
        default: String(Int.random(in: -40000...40000, using: &random))
        }
    }

    private mutating func anything() -> JSONValue {
        switch Int.random(in: 0..<7, using: &random) {
        case 0: nil
        case 1: .boolean(chance(1, 2))
        case 2: .string(text())
        case 3: .array([JSONValue(.number(number())), nil])
        case 4: .object([("x", JSONValue(.number(number()))), ("q", .object([("deep", [])]))])
        default: JSONValue(.number(number()))
        }
    }

    private mutating func value(_ type: DataType) -> JSONValue {
        if chance(1, 30) { return nil }
        switch type {
        case .boolean: return .boolean(chance(1, 2))
        case .string: return .string(text())
        case .bigint: return .number(Int64.random(in: -1_000_000...(.max), using: &random))
        case .int, .smallint: return .number(Int.random(in: -32768...32767, using: &random))
        case .double: return JSONValue(.number(number()))
        case .decimal:
            return JSONValue(
                .number("\(Int.random(in: -99999...99999, using: &random)).\(Int.random(in: 0...9999, using: &random))")
            )
        case .timestamp:
            let digits = (0..<5).map { _ in Int.random(in: 10...28, using: &random) }
            return .string(
                "20\(digits[0])-0\(digits[1] % 9 + 1)-\(digits[2])T\(digits[3] % 24):\(digits[4]):10.\(digits[1])Z"
                    .replacingT)
        case .structure(let fields): return .object(fields.map { ($0.name, value($0.type)) })
        case .array(let element, _):
            return .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(element) })
        case .map(_, let item, _):
            return .object((0..<Int.random(in: 0..<4, using: &random)).map { _ in (text(), value(item)) })
        default: return nil
        }
    }
}

extension String {
    /// The hour with two digits.
    fileprivate var replacingT: String {
        guard let time = firstIndex(of: "T"), let colon = firstIndex(of: ":") else { return self }
        let hour = self[index(after: time)..<colon]
        return hour.count == 2 ? self : self[...time] + "0" + hour + self[colon...]
    }
}
