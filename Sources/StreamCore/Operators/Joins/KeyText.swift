// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// Keys as people read them.
enum KeyText {
    /// One encoded key as a JSON object.
    static func json(_ key: Column, _ types: [DataType], _ names: [String]) -> String {
        guard let columns = try? KeyDecoder(types).decode(key) else { return "{}" }
        let members = zip(names, columns).map { name, column in "\(quoted(name)): \(text(column.value(at: 0)))" }
        return "{" + members.joined(separator: ", ") + "}"
    }

    /// Named values as a JSON object.
    static func json(_ members: [(name: String, value: Value)]) -> String {
        "{" + members.map { "\(quoted($0.name)): \(text($0.value))" }.joined(separator: ", ") + "}"
    }

    private static func text(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .boolean(let bit): "\(bit)"
        case .tinyint(let number): "\(number)"
        case .smallint(let number): "\(number)"
        case .int(let number): "\(number)"
        case .bigint(let number): "\(number)"
        case .float(let number): number.isFinite ? "\(number)" : quoted("\(number)")
        case .double(let number): number.isFinite ? "\(number)" : quoted("\(number)")
        case .decimal(let number, let scale): decimal(number, scale)
        case .string(let text): quoted(text)
        case .binary(let bytes): quoted(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        case .date(let days): quoted(String(EventTimes.text(Int64(days) * 86_400_000_000).prefix { $0 != "T" }))
        case .timestamp(let micros): quoted(EventTimes.text(micros))
        case .timestampNTZ(let micros): quoted(String(EventTimes.text(micros).dropLast()))
        case .dayTimeInterval(let micros): "\(micros)"
        case .yearMonthInterval(let months): "\(months)"
        case .structure(let members): "[" + members.map(text).joined(separator: ", ") + "]"
        case .array(let members): "[" + members.map(text).joined(separator: ", ") + "]"
        case .map(let entries):
            "[" + entries.map { "[\(text($0.key)), \(text($0.value))]" }.joined(separator: ", ") + "]"
        }
    }

    private static func decimal(_ number: Int128, _ scale: Int) -> String {
        guard scale > 0 else { return "\(number)" }
        let digits = "\(number.magnitude)"
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return (number < 0 ? "-" : "") + padded.dropLast(scale) + "." + padded.suffix(scale)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                result += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
