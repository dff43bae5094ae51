// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// The schema tree of a file to be written, and its leaves in the same order.
struct WriterSchema {
    private(set) var elements: [SchemaElement] = []
    private(set) var leaves: [LeafColumn] = []
    private let fieldIDs: [[String]: Int32]

    /// The deepest nesting that levels of one byte allow with room to spare.
    private static let maxDepth = 60

    init(_ schema: Schema, fieldIDs: [[String]: Int32]) throws(PipelineError) {
        self.fieldIDs = fieldIDs
        var root = SchemaElement(name: "schema")
        root.childCount = schema.count
        elements.append(root)
        guard schema.count > 0 else {
            throw PipelineError(.unsupported, "a Parquet file needs at least one column")
        }
        for field in schema.fields {
            try add(field.name, field.type, nullable: field.nullable, Place(path: [], definition: 0, repetition: 0))
        }
    }

    /// Where in the tree a node is added.
    private struct Place {
        var path: [String]
        var definition: Int
        var repetition: Int

        func repeated(_ name: String) -> Place {
            Place(path: path + [name], definition: definition + 1, repetition: repetition + 1)
        }
    }

    private mutating func add(
        _ name: String, _ type: DataType, nullable: Bool, _ parent: Place
    ) throws(PipelineError) {
        var place = parent
        place.path.append(name)
        if nullable { place.definition += 1 }
        guard place.path.count <= Self.maxDepth else {
            throw PipelineError(.unsupported, "the type of column '\(place.path[0])' is nested too deeply")
        }
        var element = SchemaElement(name: name)
        element.repetition = nullable ? .optional : .required
        element.fieldID = fieldIDs[place.path]
        switch type {
        case .structure(let fields):
            guard !fields.isEmpty else {
                throw PipelineError(.unsupported, "column '\(dotted(place.path))' is a STRUCT without fields")
            }
            element.childCount = fields.count
            elements.append(element)
            for field in fields { try add(field.name, field.type, nullable: field.nullable, place) }
        case .array(let item, let containsNull):
            element.childCount = 1
            element.convertedType = .list
            element.logicalType = .list
            elements.append(element)
            addRepeated("list", childCount: 1)
            try add("element", item, nullable: containsNull, place.repeated("list"))
        case .map(let key, let value, let valueContainsNull):
            element.childCount = 1
            element.convertedType = .map
            element.logicalType = .map
            elements.append(element)
            addRepeated("key_value", childCount: 2)
            try add("key", key, nullable: false, place.repeated("key_value"))
            try add("value", value, nullable: valueContainsNull, place.repeated("key_value"))
        default:
            try addLeaf(element, type, place)
        }
    }

    private mutating func addRepeated(_ name: String, childCount: Int) {
        var element = SchemaElement(name: name)
        element.repetition = .repeated
        element.childCount = childCount
        elements.append(element)
    }

    private mutating func addLeaf(_ bare: SchemaElement, _ type: DataType, _ place: Place) throws(PipelineError) {
        var element = bare
        switch type {
        case .boolean: element.physicalType = .boolean
        case .tinyint: element.annotate(.int32, .int8, .integer(bitWidth: 8, isSigned: true))
        case .smallint: element.annotate(.int32, .int16, .integer(bitWidth: 16, isSigned: true))
        case .int: element.physicalType = .int32
        case .bigint: element.physicalType = .int64
        case .float: element.physicalType = .float
        case .double: element.physicalType = .double
        case .decimal(let precision, let scale):
            element.annotate(
                precision <= 9 ? .int32 : precision <= 18 ? .int64 : .fixedLenByteArray, .decimal,
                .decimal(precision: precision, scale: scale))
            element.precision = precision
            element.scale = scale
            if precision > 18 { element.typeLength = Self.byteCount(ofPrecision: precision) }
        case .string: element.annotate(.byteArray, .utf8, .string)
        case .binary: element.physicalType = .byteArray
        case .date: element.annotate(.int32, .date, .date)
        case .timestamp:
            element.annotate(.int64, .timestampMicros, .timestamp(unit: .micros, isAdjustedToUTC: true))
        case .timestampNTZ:
            // No converted type: it would promise an instant.
            element.annotate(.int64, nil, .timestamp(unit: .micros, isAdjustedToUTC: false))
        case .void, .dayTimeInterval, .yearMonthInterval, .structure, .array, .map:
            throw PipelineError(
                .unsupported, "column '\(dotted(place.path))' has type \(type), which Parquet cannot hold",
                hint: "Cast it to another type or leave it out")
        }
        guard let physicalType = element.physicalType else { return }
        elements.append(element)
        leaves.append(
            LeafColumn(
                path: place.path, type: type, physicalType: physicalType, typeLength: element.typeLength,
                maxDefinition: place.definition, maxRepetition: place.repetition))
    }

    /// The least number of bytes whose two's complement holds every decimal of a precision.
    private static func byteCount(ofPrecision precision: Int) -> Int {
        var (limit, bytes) = (Int128(1), 1)
        for _ in 0..<precision { limit *= 10 }
        while bytes < 16 && (Int128(1) << Int128(bytes * 8 - 1)) < limit { bytes += 1 }
        return bytes
    }

    private func dotted(_ path: [String]) -> String { path.joined(separator: ".") }
}

extension SchemaElement {
    fileprivate mutating func annotate(
        _ physical: PhysicalType, _ converted: ConvertedType?, _ logical: LogicalType
    ) {
        physicalType = physical
        convertedType = converted
        logicalType = logical
    }
}
