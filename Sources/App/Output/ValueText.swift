// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText

/// Values as people and programs read them. For a few rows; bulk output goes through `Formats`.
enum ValueText {
    /// The value as JSON; decimals, dates and times are strings, BINARY is hex.
    static func json(_ value: Value, _ type: DataType) -> JSONValue {
        switch value {
        case .null: return nil
        case .boolean(let truth): return .boolean(truth)
        case .tinyint(let number): return .number(number)
        case .smallint(let number): return .number(number)
        case .int(let number): return .number(number)
        case .bigint(let number): return .number(number)
        case .float(let number): return .number(Double("\(number)") ?? Double(number))
        case .double(let number): return .number(number)
        case .structure(let members):
            guard case .structure(let fields) = type else { return nil }
            return .object(zip(fields, members).map { ($0.name, json($1, $0.type)) })
        case .array(let elements):
            guard case .array(let element, _) = type else { return nil }
            return .array(elements.map { json($0, element) })
        case .map(let entries):
            guard case .map(let key, let item, _) = type else { return nil }
            return .object(entries.map { (text($0.key, key), json($0.value, item)) })
        default: return .string(text(value, type))
        }
    }

    /// The value in one line; NULL is `NULL`.
    static func text(_ value: Value, _ type: DataType) -> String {
        switch value {
        case .null: "NULL"
        case .string(let text): text
        case .binary(let bytes): "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case .decimal(let number, let scale): decimal(number, scale: scale)
        case .date(let days): TimeText.date(days: Int64(days))
        case .timestamp(let micros): time(micros: micros) + "Z"
        case .timestampNTZ(let micros): time(micros: micros)
        case .dayTimeInterval(let micros): "\(micros) µs"
        case .yearMonthInterval(let months): "\(months) months"
        default: json(value, type).text
        }
    }

    /// A row as one JSON object on a line.
    static func line(_ row: [Value], _ schema: Schema) -> String {
        JSONValue.object(zip(schema.fields, row).map { ($0.name, json($1, $0.type)) }).text
    }

    /// Rows as a table.
    static func table(_ rows: [[Value]], _ schema: Schema) -> String {
        var table = TextTable(schema.fields.map(\.name))
        table.rows = rows.map { row in zip(schema.fields, row).map { cell($1, $0.type) } }
        return table.text
    }

    /// The value as a cell of a table: one line, and not wider than people read.
    static func cell(_ value: Value, _ type: DataType) -> String {
        let text = text(value, type).replacing("\n", with: "⏎")
        return text.count > 60 ? text.prefix(59) + "…" : text
    }

    private static func decimal(_ number: Int128, scale: Int) -> String {
        let digits = String(number.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        let sign = number < 0 ? "-" : ""
        return scale == 0 ? sign + padded : "\(sign)\(padded.dropLast(scale)).\(padded.suffix(scale))"
    }

    /// With as many digits of the second as are needed.
    private static func time(micros: Int64) -> String {
        let (seconds, rest) = TimeText.divided(micros, by: 1_000_000)
        let text = TimeText.iso(micros: seconds * 1_000_000).prefix(19)
        if rest == 0 { return String(text) }
        let fraction = TimeText.padded(rest, 6)
        return "\(text).\(fraction.prefix(6 - fraction.reversed().prefix { $0 == "0" }.count))"
    }
}
