// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import JSONText
import StreamCore

/// Files of JSON objects, one a line, as a table.
enum JSONTableRows {
    private static let format = RecordFormat.json(JSONFormatOptions())

    /// The fields of all records, in the order in which they first come, with the types that their values have in common.
    static func schema(_ files: [FileListing.Entry]) throws(PipelineError) -> Schema {
        var fields: [Field] = []
        for file in files {
            try FileTable.records(file, format) { (records) throws(PipelineError) in
                for index in 0..<records.count {
                    let value = try JSONValue(parsing: records.record(index).array)
                    guard let members = value.members else {
                        throw PipelineError(
                            .malformedRecord, "the record is \(value.kindName), not an object",
                            at: [.init("byte", "\(records.positions[index])")])
                    }
                    merge(members, into: &fields)
                }
            }
        }
        return Schema(fields.map { Field($0.name, known($0.type)) })
    }

    private static func merge(_ members: [JSONValue.Member], into fields: inout [Field]) {
        for member in members {
            let found = type(of: member.value)
            if let index = fields.firstIndex(where: { $0.name == member.name }) {
                fields[index].type = merged(fields[index].type, found)
            } else {
                fields.append(Field(member.name, found))
            }
        }
    }

    /// The type of a value; VOID of null and of empty lists' elements.
    private static func type(of value: JSONValue) -> DataType {
        switch value.kind {
        case .null: return .void
        case .boolean: return .boolean
        case .number(let text): return Int64(text) != nil ? .bigint : .double
        case .string: return .string
        case .array(let elements):
            return .array(element: elements.reduce(.void) { merged($0, type(of: $1)) }, containsNull: true)
        case .object(let members):
            var fields: [Field] = []
            merge(members, into: &fields)
            return fields.isEmpty ? .string : .structure(fields)
        }
    }

    /// The narrowest type that holds both; STRING, as JSON text, where there is none.
    private static func merged(_ one: DataType, _ other: DataType) -> DataType {
        switch (one, other) {
        case (.void, let type), (let type, .void): return type
        case (.bigint, .double), (.double, .bigint): return .double
        case (.array(let left, _), .array(let right, _)):
            return .array(element: merged(left, right), containsNull: true)
        case (.structure(let left), .structure(let right)):
            var fields = left
            for field in right {
                if let index = fields.firstIndex(where: { $0.name == field.name }) {
                    fields[index].type = merged(fields[index].type, field.type)
                } else {
                    fields.append(field)
                }
            }
            return .structure(fields)
        default: return one == other ? one : .string
        }
    }

    /// A type without VOID: what was always null becomes STRING.
    private static func known(_ type: DataType) -> DataType {
        switch type {
        case .void: .string
        case .array(let element, _): .array(element: known(element), containsNull: true)
        case .structure(let fields): .structure(fields.map { Field($0.name, known($0.type)) })
        default: type
        }
    }

    /// The rows of all files.
    static func rows(_ files: [FileListing.Entry], _ schema: Schema) throws(PipelineError) -> [ColumnBatch] {
        let decoder = try RecordDecoder(format: format, schema: schema)
        var parts: [ColumnBatch] = []
        for file in files {
            try FileTable.records(file, format) { (records) throws(PipelineError) in
                parts.append(try FileTable.rows(records, decoder))
            }
        }
        return parts
    }
}
