// SPDX-License-Identifier: Apache-2.0
import CSimdjson
import Columnar

/// One node of a schema in pre-order, as the C++ decoder wants it.
struct DecoderNode {
    /// Which memory its values fill.
    enum Layout { case bits, int8, int16, int32, int64, int128, float, double, bytes, fields, list, map }

    let name: String
    let type: DataType
    let nullable: Bool
    let kind: millrace_kind
    let layout: Layout
    let childCount: Int
    /// The position after the last node below this one.
    var end = 0

    var precision: Int32 { if case .decimal(let precision, _) = type { Int32(precision) } else { 0 } }
    var scale: Int32 { if case .decimal(_, let scale) = type { Int32(scale) } else { 0 } }

    /// All nodes below a STRUCT of the schema's columns, which is node 0.
    static func preOrder(of schema: Schema) -> [DecoderNode] {
        var nodes: [DecoderNode] = []
        append(Field("", .structure(schema.fields), nullable: false), to: &nodes)
        return nodes
    }

    private static func append(_ field: Field, to nodes: inout [DecoderNode]) {
        let children = children(of: field.type)
        let (kind, layout) = kind(of: field.type)
        let position = nodes.count
        nodes.append(
            DecoderNode(
                name: field.name, type: field.type, nullable: field.nullable, kind: kind, layout: layout,
                childCount: children.count))
        for child in children { append(child, to: &nodes) }
        nodes[position].end = nodes.count
    }

    private static func children(of type: DataType) -> [Field] {
        switch type {
        case .structure(let fields): fields
        case .array(let element, let containsNull): [Field("element", element, nullable: containsNull)]
        case .map(let key, let value, let containsNull):
            [Field("key", key, nullable: false), Field("value", value, nullable: containsNull)]
        default: []
        }
    }

    private static func kind(of type: DataType) -> (millrace_kind, Layout) {
        switch type {
        case .boolean: (MILLRACE_BOOLEAN, .bits)
        case .tinyint: (MILLRACE_INT8, .int8)
        case .smallint: (MILLRACE_INT16, .int16)
        case .int: (MILLRACE_INT32, .int32)
        case .bigint: (MILLRACE_INT64, .int64)
        case .float: (MILLRACE_FLOAT, .float)
        case .double: (MILLRACE_DOUBLE, .double)
        case .decimal: (MILLRACE_DECIMAL, .int128)
        case .string: (MILLRACE_STRING, .bytes)
        case .binary: (MILLRACE_BINARY, .bytes)
        case .date: (MILLRACE_DATE, .int32)
        case .timestamp: (MILLRACE_TIMESTAMP, .int64)
        case .timestampNTZ: (MILLRACE_TIMESTAMP_NTZ, .int64)
        case .structure: (MILLRACE_STRUCT, .fields)
        case .array: (MILLRACE_ARRAY, .list)
        case .map: (MILLRACE_MAP, .map)
        case .void, .dayTimeInterval, .yearMonthInterval:
            preconditionFailure("refused when the decoder was made")
        }
    }
}
