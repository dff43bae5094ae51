// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText

/// Rows as JSON values in one form, so that answers of different readers can be compared.
enum Canonical {
    /// How dates and timestamps are shown.
    enum Times {
        /// As days and microseconds.
        case numbers
        /// In ISO 8601.
        case text
    }

    static func row(_ values: [Value], _ schema: Schema, _ times: Times) -> JSONValue {
        JSONValue(.object(zip(schema.fields, values).map { .init($0.name, value($1, $0.type, times)) }))
    }

    static func value(_ value: Value, _ type: DataType, _ times: Times) -> JSONValue {
        switch value {
        case .null: JSONValue(.null)
        case .boolean(let truth): JSONValue(.boolean(truth))
        case .tinyint(let number): JSONValue(.number(String(number)))
        case .smallint(let number): JSONValue(.number(String(number)))
        case .int(let number): JSONValue(.number(String(number)))
        case .bigint(let number): JSONValue(.number(String(number)))
        case .float(let number):
            // Python has no 32-bit floats: it shows all digits of the same number.
            float(
                number.isNaN, number.isInfinite, number.sign,
                times == .numbers ? Double(number).description : number.description)
        case .double(let number): float(number.isNaN, number.isInfinite, number.sign, number.description)
        case .decimal(let unscaled, let scale): JSONValue(.string(decimal(unscaled, scale)))
        case .string(let text): JSONValue(.string(text))
        case .binary(let bytes): JSONValue(.string("0x" + bytes.map { hex($0) }.joined()))
        case .date(let days):
            times == .numbers ? JSONValue(.number(String(days))) : JSONValue(.string(date(Int64(days))))
        case .timestamp(let micros), .timestampNTZ(let micros):
            times == .numbers
                ? JSONValue(.number(String(micros)))
                : JSONValue(.string(timestamp(micros) + (type == .timestamp ? "Z" : "")))
        case .structure(let members):
            if case .structure(let fields) = type {
                row(members, Schema(fields), times)
            } else {
                JSONValue(.null)
            }
        case .array(let elements):
            if case .array(let element, _) = type {
                JSONValue(.array(elements.map { self.value($0, element, times) }))
            } else {
                JSONValue(.null)
            }
        case .map(let entries):
            if case .map(let key, let item, _) = type {
                JSONValue(
                    .array(
                        entries.map {
                            JSONValue(.array([self.value($0.key, key, times), self.value($0.value, item, times)]))
                        }))
            } else {
                JSONValue(.null)
            }
        case .dayTimeInterval, .yearMonthInterval: JSONValue(.null)
        }
    }

    private static func float(_ isNaN: Bool, _ isInfinite: Bool, _ sign: FloatingPointSign, _ text: String) -> JSONValue
    {
        if isNaN { return JSONValue(.string("NaN")) }
        if isInfinite { return JSONValue(.string(sign == .minus ? "-Infinity" : "Infinity")) }
        return JSONValue(.number(text))
    }

    static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    static func decimal(_ unscaled: Int128, _ scale: Int) -> String {
        var digits = String(unscaled.magnitude)
        while digits.count <= scale { digits = "0" + digits }
        if scale > 0 { digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale)) }
        return (unscaled < 0 ? "-" : "") + digits
    }

    /// Civil date of a day number, by Howard Hinnant's algorithm.
    static func date(_ days: Int64) -> String {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    static func timestamp(_ micros: Int64) -> String {
        var (days, rest) = micros.quotientAndRemainder(dividingBy: 86_400_000_000)
        if rest < 0 { (days, rest) = (days - 1, rest + 86_400_000_000) }
        let seconds = rest / 1_000_000
        return date(days) + "T" + padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":"
            + padded(seconds % 60, 2) + "." + padded(rest % 1_000_000, 6)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number.magnitude)
        return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Whether two rows are equal, with numbers compared as numbers and members in any order.
    static func isEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left.kind, right.kind) {
        case (.number(let a), .number(let b)):
            a == b || (Int64(a) == nil || Int64(b) == nil) && Double(a) == Double(b)
        case (.array(let a), .array(let b)):
            a.count == b.count && zip(a, b).allSatisfy { isEqual($0, $1) }
        case (.object(let a), .object(let b)):
            a.count == b.count
                && zip(a.sorted { $0.name < $1.name }, b.sorted { $0.name < $1.name }).allSatisfy {
                    $0.name == $1.name && isEqual($0.value, $1.value)
                }
        default: left == right
        }
    }
}
