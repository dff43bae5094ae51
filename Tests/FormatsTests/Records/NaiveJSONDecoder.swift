// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText
import StreamCore

/// Decodes one record the slow and obvious way: parse all of it, then look up each field.
struct NaiveJSONDecoder {
    let fields: [Field]

    private struct Malformed: Error {}

    /// The rows of a record; `nil` when it is malformed.
    func rows(_ bytes: [UInt8]) -> [[Value]]? {
        guard let document = try? JSONValue(parsing: bytes), bytes.first != 0xEF else { return nil }
        do {
            if let elements = document.elements { return try elements.map { try object($0, fields) } }
            return [try object(document, fields)]
        } catch {
            return nil
        }
    }

    private func object(_ json: JSONValue, _ fields: [Field]) throws -> [Value] {
        guard json.members != nil else { throw Malformed() }
        return try fields.map { field in
            guard let member = json[field.name], !member.isNull else {
                if !field.nullable { throw Malformed() }
                return .null
            }
            return try value(member, field.type)
        }
    }

    private func value(_ json: JSONValue, _ type: DataType) throws -> Value {
        switch (type, json.kind) {
        case (_, .null): return .null
        case (.boolean, .boolean(let truth)): return .boolean(truth)
        case (.string, .string(let text)): return .string(text)
        case (.string, _): return .string(json.text)
        case (.bigint, .number(let text)): return .bigint(try whole(text))
        case (.int, .number(let text)): return .int(try whole(text))
        case (.smallint, .number(let text)): return .smallint(try whole(text))
        case (.double, .number(let text)):
            guard let number = Double(text), number.isFinite else { throw Malformed() }
            return .double(number)
        case (.double, .string("NaN")): return .double(.nan)
        case (.decimal(let precision, let scale), .number(let text)),
            (.decimal(let precision, let scale), .string(let text)):
            guard case .value(let number) = DecimalText.parse(Array(text.utf8).span, precision: precision, scale: scale)
            else { throw Malformed() }
            return .decimal(number, scale: scale)
        case (.timestamp, .string(let text)):
            let local = Array(text.utf8.dropLast())
            guard text.hasSuffix("Z"), local.allSatisfy({ $0 < 0x3B || $0 == UInt8(ascii: "T") }),
                let micros = TimestampText.parseLocal(local.span)
            else { throw Malformed() }
            return .timestamp(micros)
        case (.structure(let fields), .object): return .structure(try object(json, fields))
        case (.array(let element, _), .array(let elements)): return .array(try elements.map { try value($0, element) })
        case (.map(_, let item, _), .object(let members)):
            let last = members.enumerated().filter { index, member in
                !members[(index + 1)...].contains { $0.name == member.name }
            }
            return .map(try last.map { Value.MapEntry(.string($0.element.name), try value($0.element.value, item)) })
        default: throw Malformed()
        }
    }

    private func whole<Number: FixedWidthInteger>(_ text: String) throws -> Number {
        guard let number = Number(text) else { throw Malformed() }
        return number
    }
}
