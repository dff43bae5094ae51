// SPDX-License-Identifier: Apache-2.0
import JSONText

/// The type that some values have in common, as far as they have been seen.
indirect enum InferredType: Equatable, Sendable {
    /// Only NULL so far.
    case unknown
    case boolean
    case bigint
    case double
    case date
    case timestamp
    case string
    case array(InferredType)
    /// Fields in the order they were first seen.
    case structure([InferredField])

    /// The type of one JSON value.
    init(_ value: JSONValue) {
        switch value.kind {
        case .null: self = .unknown
        case .boolean: self = .boolean
        case .number(let text): self = Int64(text) != nil ? .bigint : .double
        case .string(let text): self = InferredType(text: text, isJSON: true)
        case .array(let elements):
            self = .array(elements.reduce(.unknown) { $0.merged(with: InferredType($1)) })
        case .object(let members):
            self = .structure(members.map { InferredField(name: $0.name, type: InferredType($0.value)) })
        }
    }

    /// The type of a text; in CSV texts are also numbers and booleans.
    init(text: String, isJSON: Bool) {
        if let kind = Self.moment(text) {
            self = kind
        } else if isJSON {
            self = .string
        } else if text.isEmpty {
            self = .unknown
        } else if Int64(text) != nil {
            self = .bigint
        } else if Double(text) != nil {
            self = .double
        } else {
            self = ["true", "false"].contains(text.lowercased()) ? .boolean : .string
        }
    }

    /// DATE or TIMESTAMP when the text is ISO 8601.
    private static func moment(_ text: String) -> InferredType? {
        let bytes = Array(text.utf8)
        func digits(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { $0 >= 48 && $0 <= 57 } }
        guard bytes.count >= 10, bytes.count <= 40, digits(0..<4), bytes[4] == 45, digits(5..<7), bytes[7] == 45,
            digits(8..<10)
        else { return nil }
        if bytes.count == 10 { return .date }
        guard bytes.count >= 16, bytes[10] == 84 || bytes[10] == 32, digits(11..<13), bytes[13] == 58, digits(14..<16)
        else { return nil }
        return .timestamp
    }

    /// The narrowest type that holds both.
    func merged(with other: InferredType) -> InferredType {
        if self == other { return self }
        switch (self, other) {
        case (.unknown, let type), (let type, .unknown): return type
        case (.bigint, .double), (.double, .bigint): return .double
        case (.date, .timestamp), (.timestamp, .date): return .timestamp
        case (.array(let left), .array(let right)): return .array(left.merged(with: right))
        case (.structure(let left), .structure(let right)):
            var fields = left
            for field in right {
                if let index = fields.firstIndex(where: { $0.name == field.name }) {
                    fields[index].type = fields[index].type.merged(with: field.type)
                } else {
                    fields.append(field)
                }
            }
            return .structure(fields)
        default: return .string
        }
    }

    /// Spark DDL; what was always NULL becomes STRING.
    var ddl: String {
        switch self {
        case .unknown, .string: "STRING"
        case .boolean: "BOOLEAN"
        case .bigint: "BIGINT"
        case .double: "DOUBLE"
        case .date: "DATE"
        case .timestamp: "TIMESTAMP"
        case .array(let element): "ARRAY<\(element.ddl)>"
        case .structure(let fields):
            fields.isEmpty
                ? "MAP<STRING, STRING>"
                : "STRUCT<" + fields.map { "\($0.quotedName): \($0.type.ddl)" }.joined(separator: ", ") + ">"
        }
    }
}

/// A field of an inferred STRUCT or of a record.
struct InferredField: Equatable, Sendable {
    let name: String
    var type: InferredType

    /// The name as SQL must write it.
    var quotedName: String {
        let plain = name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
        }
        let startsWell = name.utf8.first.map { !(48...57).contains($0) } ?? false
        return plain && startsWell ? name : "`\(name.replacing("`", with: "``"))`"
    }
}
