// SPDX-License-Identifier: Apache-2.0
import Failures

extension SchemaElement {
    init(reading thrift: inout ThriftReader) throws(PipelineError) {
        self.init(name: "")
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1:
                physicalType = PhysicalType(rawValue: try thrift.int32(field))
                guard physicalType != nil else { throw .corruptParquet("a column has an unknown physical type") }
            case 2: typeLength = try thrift.size(field)
            case 3: repetition = Repetition(rawValue: try thrift.int32(field))
            case 4: name = try thrift.string(field)
            case 5: childCount = try thrift.size(field)
            case 6: convertedType = ConvertedType(rawValue: try thrift.int32(field))
            case 7: scale = Int(try thrift.int32(field))
            case 8: precision = Int(try thrift.int32(field))
            case 9: fieldID = try thrift.int32(field)
            case 10:
                try thrift.structure(field)
                logicalType = try LogicalType(reading: &thrift)
            default: try thrift.skip(field)
            }
        }
    }
}

extension LogicalType {
    /// Reads the union; `nil` when it is empty.
    init?(reading thrift: inout ThriftReader) throws(PipelineError) {
        var result: LogicalType?
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            try thrift.structure(field)
            switch field.id {
            case 5:
                let (scale, precision) = try Self.numbers(&thrift)
                result = .decimal(precision: precision, scale: scale)
            case 7, 8:
                let (unit, isAdjusted) = try Self.time(&thrift)
                result =
                    field.id == 7
                    ? .time(unit: unit, isAdjustedToUTC: isAdjusted)
                    : .timestamp(unit: unit, isAdjustedToUTC: isAdjusted)
            case 10: result = try Self.integer(&thrift)
            default:
                result = Self.plain[field.id] ?? .other(field.id)
                try thrift.skip(field)
            }
        }
        guard let result else { return nil }
        self = result
    }

    private static let plain: [Int16: LogicalType] = [
        1: .string, 2: .map, 3: .list, 4: .enum, 6: .date, 11: .null, 12: .json, 13: .bson, 14: .uuid, 15: .float16,
    ]

    private static func numbers(_ thrift: inout ThriftReader) throws(PipelineError) -> (scale: Int, precision: Int) {
        var (scale, precision) = (0, 0)
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: scale = Int(try thrift.int32(field))
            case 2: precision = Int(try thrift.int32(field))
            default: try thrift.skip(field)
            }
        }
        return (scale, precision)
    }

    private static func time(_ thrift: inout ThriftReader) throws(PipelineError) -> (TimeUnit, Bool) {
        var (unit, isAdjusted) = (TimeUnit.micros, false)
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: isAdjusted = try thrift.boolean(field)
            case 2:
                try thrift.structure(field)
                var lastUnit: Int16 = 0
                while let field = try thrift.field(after: &lastUnit) {
                    guard let known = TimeUnit(rawValue: field.id) else {
                        throw .corruptParquet("a time has an unknown unit")
                    }
                    unit = known
                    try thrift.skip(field)
                }
            default: try thrift.skip(field)
            }
        }
        return (unit, isAdjusted)
    }

    private static func integer(_ thrift: inout ThriftReader) throws(PipelineError) -> LogicalType {
        var (width, isSigned) = (0, true)
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: width = Int(try thrift.integer(field))
            case 2: isSigned = try thrift.boolean(field)
            default: try thrift.skip(field)
            }
        }
        return .integer(bitWidth: width, isSigned: isSigned)
    }
}
