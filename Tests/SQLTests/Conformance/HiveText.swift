// SPDX-License-Identifier: Apache-2.0
import Columnar
import Foundation

/// Values as Spark's tests print them, in Hive's style.
enum HiveText {
    /// A row, its columns separated by tabs.
    ///
    /// - Parameter zone: where TIMESTAMP is shown; UTC when `nil`.
    static func line(_ row: [Value], _ schema: Schema, in zone: TimeZone? = nil) -> String {
        zip(row, schema.fields).map { value, field in
            if let zone, case .timestamp(let micros) = value {
                let seconds = Double(micros) / 1_000_000
                let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds.rounded(.down)))
                return text(.timestamp(micros + Int64(offset) * 1_000_000), .timestamp)
            }
            return text(value, field.type)
        }.joined(separator: "\t")
    }

    /// A value; strings in nested ones stand in quotes.
    static func text(_ value: Value, _ type: DataType, nested: Bool = false) -> String {
        switch (value, type) {
        case (.null, _): nested ? "null" : "NULL"
        case (.boolean(let value), _): "\(value)"
        case (.tinyint(let number), _): "\(number)"
        case (.smallint(let number), _): "\(number)"
        case (.int(let number), _): "\(number)"
        case (.bigint(let number), _): "\(number)"
        case (.float(let number), _): number.isFinite ? java("\(number)") : special(Double(number))
        case (.double(let number), _): number.isFinite ? java("\(number)") : special(number)
        case (.decimal(let unscaled, let scale), _): decimal(unscaled, scale)
        case (.string(let text), _): nested ? "\"\(text)\"" : text
        case (.binary(let bytes), _): String(decoding: bytes, as: UTF8.self)
        case (.date(let days), _): day(Int(days))
        case (.timestamp(let micros), _), (.timestampNTZ(let micros), _): moment(micros)
        case (.dayTimeInterval(let micros), _): interval(micros)
        case (.yearMonthInterval(let months), _):
            "\(months < 0 ? "-" : "")\(months.magnitude / 12)-\(months.magnitude % 12)"
        case (.array(let elements), .array(let element, _)):
            "[" + elements.map { text($0, element, nested: true) }.joined(separator: ",") + "]"
        case (.structure(let members), .structure(let fields)):
            "{"
                + zip(members, fields).map { "\"\($1.name)\":\(text($0, $1.type, nested: true))" }.joined(
                    separator: ",") + "}"
        case (.map(let entries), .map(let key, let item, _)):
            "{"
                + entries.map { "\(text($0.key, key, nested: true)):\(text($0.value, item, nested: true))" }.sorted()
                .joined(separator: ",") + "}"
        default: "?"
        }
    }

    /// A type as Spark's schemas name it.
    static func type(_ type: DataType) -> String {
        switch type {
        case .structure(let fields):
            "struct<" + fields.map { "\($0.name):\(self.type($0.type))" }.joined(separator: ",") + ">"
        case .array(let element, _): "array<\(self.type(element))>"
        case .map(let key, let value, _): "map<\(self.type(key)),\(self.type(value))>"
        default: type.description.lowercased()
        }
    }

    private static func special(_ number: Double) -> String {
        number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
    }

    /// Swift's shortest digits in Java's notation: an exponent from 10^7 on and below 10^-3.
    private static func java(_ swift: String) -> String {
        let negative = swift.hasPrefix("-")
        let parts = (negative ? swift.dropFirst() : swift[...]).split(separator: "e")
        let pieces = parts[0].split(separator: ".")
        let exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        var digits = pieces[0] + (pieces.count == 2 ? pieces[1] : "")
        var point = pieces[0].count + exponent
        while digits.hasPrefix("0"), digits.count > 1 {
            digits = digits.dropFirst()
            point -= 1
        }
        while digits.hasSuffix("0"), digits.count > 1 { digits = digits.dropLast() }
        if digits == "0" { return (negative ? "-" : "") + "0.0" }
        let sign = negative ? "-" : ""
        if point > 7 || point < -2 {
            let fraction = digits.dropFirst()
            return "\(sign)\(digits.prefix(1)).\(fraction.isEmpty ? "0" : fraction)E\(point - 1)"
        }
        if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
        if digits.count <= point { return "\(sign)\(digits)\(String(repeating: "0", count: point - digits.count)).0" }
        return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
    }

    private static func decimal(_ unscaled: Int128, _ scale: Int) -> String {
        guard scale > 0 else { return "\(unscaled)" }
        var digits = String(unscaled.magnitude)
        if digits.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.count) + digits }
        return (unscaled < 0 ? "-" : "") + digits.dropLast(scale) + "." + digits.suffix(scale)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// A day of the proleptic Gregorian calendar.
    private static func day(_ days: Int) -> String {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let digits = String(year.magnitude)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let prefix = year < 0 ? "-" : year > 9999 ? "+" : ""
        return "\(prefix)\(padded)-\(two(month))-\(two(dayOfYear - (153 * monthIndex + 2) / 5 + 1))"
    }

    private static func moment(_ micros: Int64) -> String {
        let dayMicros: Int64 = 86_400_000_000
        var days = micros / dayMicros
        var rest = micros % dayMicros
        if rest < 0 { (days, rest) = (days - 1, rest + dayMicros) }
        let seconds = Int(rest / 1_000_000)
        var text = "\(day(Int(days))) \(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        let fraction = rest % 1_000_000
        if fraction > 0 {
            var digits = String("00000\(fraction)".suffix(6))
            while digits.hasSuffix("0") { digits.removeLast() }
            text += ".\(digits)"
        }
        return text
    }

    private static func interval(_ micros: Int64) -> String {
        let (seconds, fraction) = micros.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        let whole = Int(seconds)
        let time = "\(two(whole / 3600 % 24)):\(two(whole / 60 % 60)):\(two(whole % 60))"
        return "\(micros < 0 ? "-" : "")\(whole / 86_400) \(time).\(String("00000\(fraction)".suffix(6)))000"
    }
}
