// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText

/// Compares values that were read with the canonical rows of the conformance corpora.
enum Expectation {
    static func matches(_ expected: JSONValue, _ value: Value, _ type: DataType) -> Bool {
        switch (expected.kind, value) {
        case (.null, .null): return true
        case (.null, _), (_, .null): return false
        case (.object(let members), .structure(let values)):
            guard case .structure(let fields) = type, members.count == fields.count else { return false }
            return zip(fields, values).allSatisfy { field, value in
                members.contains { $0.name == field.name && matches($0.value, value, field.type) }
            }
        case (.array(let items), .array(let values)):
            guard case .array(let element, _) = type, items.count == values.count else { return false }
            return zip(items, values).allSatisfy { matches($0, $1, element) }
        case (.array(let items), .map(let entries)):
            return matchesMap(items, entries, type)
        case (.string(let text), .timestamp(let micros)): return micros == Self.micros(text)
        case (.string(let text), .timestampNTZ(let micros)): return micros == Self.micros(text)
        case (.string(let text), .int(let units)) where text.contains(":"): return Int64(units) == time(text)
        case (.string(let text), .bigint(let units)) where text.contains(":"): return units == time(text)
        // ENUM is text here and bytes there.
        case (.string(let text), .string(let name)) where text.hasPrefix("0x") && text != name:
            return text == "0x" + name.utf8.map { Canonical.hex($0) }.joined()
        case (.number(let text), .float(let number)): return Float(text) == number
        case (.number(let text), .double(let number)): return Double(text) == number
        case (.number(let text), .decimal(let unscaled, 0)): return text == String(unscaled)
        default: return Canonical.isEqual(expected, Canonical.value(value, type, .text))
        }
    }

    /// Entries are compared in the order of their keys' text.
    private static func matchesMap(_ items: [JSONValue], _ entries: [Value.MapEntry], _ type: DataType) -> Bool {
        guard case .map(let key, let item, _) = type, items.count == entries.count else { return false }
        var left = items
        for entry in entries {
            let found = left.firstIndex { pair in
                guard let parts = pair.elements, parts.count == 2 else { return false }
                return matches(parts[0], entry.key, key) && matches(parts[1], entry.value, item)
            }
            guard let found else { return false }
            left.remove(at: found)
        }
        return true
    }

    /// Microseconds of an ISO timestamp with any number of digits, cut toward the past.
    static func micros(_ text: String) -> Int64? {
        let bare = text.hasSuffix("Z") ? String(text.dropLast()) : text
        let halves = bare.split(separator: "T")
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: true).compactMap { Int64($0) }
        guard date.count == 3, let dayMicros = time(String(halves[1]), digits: 6) else { return nil }
        return days(date[0], date[1], date[2]) * 86_400_000_000 + dayMicros
    }

    /// Units of a time of day; the unit is that of its digits unless some are asked for.
    static func time(_ text: String, digits: Int? = nil) -> Int64? {
        let parts = text.split(separator: ":")
        guard parts.count == 3, let hours = Int64(parts[0]), let minutes = Int64(parts[1]) else { return nil }
        let seconds = parts[2].split(separator: ".")
        guard let whole = seconds.first.flatMap({ Int64($0) }) else { return nil }
        var fraction = seconds.count > 1 ? String(seconds[1]) : ""
        let width = digits ?? fraction.count
        while fraction.count < width { fraction += "0" }
        let scale = (0..<width).reduce(Int64(1)) { power, _ in power * 10 }
        return (hours * 3600 + minutes * 60 + whole) * scale + (Int64(fraction.prefix(width)) ?? 0)
    }

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
