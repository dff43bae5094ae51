// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText

/// Reads values of expected rows: what stands in JSON, by the type of the column.
enum ExpectedValue {
    /// The value; `nil` when the JSON cannot be one of that type.
    ///
    /// Times are ISO 8601, DECIMAL is a number or its text, BINARY is text or `0x…` in hex, a MAP is an object, a STRUCT an object
    /// whose absent fields are NULL. `"NaN"`, `"Infinity"` and `"-Infinity"` are DOUBLE and FLOAT.
    static func value(_ json: JSONValue, _ type: DataType) -> Value? {
        if json.isNull { return .null }
        switch type {
        case .void: return nil
        case .boolean: return json.boolean.map { .boolean($0) }
        case .tinyint: return json.int64.flatMap { Int8(exactly: $0) }.map { .tinyint($0) }
        case .smallint: return json.int64.flatMap { Int16(exactly: $0) }.map { .smallint($0) }
        case .int: return json.int64.flatMap { Int32(exactly: $0) }.map { .int($0) }
        case .bigint: return json.int64.map { .bigint($0) }
        case .float: return double(json).map { .float(Float($0)) }
        case .double: return double(json).map { .double($0) }
        case .decimal(let precision, let scale): return decimal(json, precision: precision, scale: scale)
        case .string: return json.string.map { .string($0) }
        case .binary: return json.string.flatMap { bytes($0) }.map { .binary($0) }
        case .date:
            guard let text = json.string, text.utf8.count == 10, let micros = InstantText.micros(text) else {
                return nil
            }
            return .date(Int32(micros / 86_400_000_000 - (micros % 86_400_000_000 < 0 ? 1 : 0)))
        case .timestamp: return json.string.flatMap { InstantText.micros($0) }.map { .timestamp($0) }
        case .timestampNTZ: return json.string.flatMap { InstantText.micros($0) }.map { .timestampNTZ($0) }
        case .dayTimeInterval: return json.string.flatMap { DurationText.micros($0) }.map { .dayTimeInterval($0) }
        case .yearMonthInterval: return json.int64.flatMap { Int32(exactly: $0) }.map { .yearMonthInterval($0) }
        default: return nested(json, type)
        }
    }

    private static func nested(_ json: JSONValue, _ type: DataType) -> Value? {
        switch type {
        case .structure(let fields):
            guard let members = json.members else { return nil }
            guard members.allSatisfy({ member in fields.contains { $0.name == member.name } }) else { return nil }
            var values: [Value] = []
            for field in fields {
                guard let item = value(json[field.name] ?? nil, field.type) else { return nil }
                values.append(item)
            }
            return .structure(values)
        case .array(let element, _):
            guard let elements = json.elements else { return nil }
            var values: [Value] = []
            for item in elements {
                guard let value = value(item, element) else { return nil }
                values.append(value)
            }
            return .array(values)
        case .map(let key, let item, _):
            guard let members = json.members else { return nil }
            var entries: [Value.MapEntry] = []
            for member in members {
                let name = key == .string ? JSONValue.string(member.name) : written(member.name)
                guard let key = value(name, key), let value = value(member.value, item) else { return nil }
                entries.append(Value.MapEntry(key, value))
            }
            return .map(entries)
        default: return nil
        }
    }

    /// The key of a map that is no string: a number or boolean in the name.
    private static func written(_ name: String) -> JSONValue { (try? JSONValue(parsing: name)) ?? .string(name) }

    private static func double(_ json: JSONValue) -> Double? {
        if let number = json.double { return number }
        switch json.string {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default: return nil
        }
    }

    private static func decimal(_ json: JSONValue, precision: Int, scale: Int) -> Value? {
        let text: String
        switch json.kind {
        case .number(let written), .string(let written): text = written
        default: return nil
        }
        let bytes = Array(text.utf8)
        guard case .value(let number) = DecimalText.parse(bytes.span, precision: precision, scale: scale) else {
            return nil
        }
        return .decimal(number, scale: scale)
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        guard text.hasPrefix("0x") else { return Array(text.utf8) }
        let digits = Array(text.utf8.dropFirst(2))
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
