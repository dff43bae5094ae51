// SPDX-License-Identifier: Apache-2.0

extension SchemaElement {
    func write(to thrift: inout ThriftWriter) {
        thrift.beginStruct()
        if let physicalType { thrift.field(1, physicalType.rawValue) }
        if typeLength > 0 { thrift.field(2, Int32(typeLength)) }
        if let repetition { thrift.field(3, repetition.rawValue) }
        thrift.field(4, name)
        if childCount > 0 { thrift.field(5, Int32(childCount)) }
        if let convertedType { thrift.field(6, convertedType.rawValue) }
        if convertedType == .decimal {
            thrift.field(7, Int32(scale))
            thrift.field(8, Int32(precision))
        }
        if let fieldID { thrift.field(9, fieldID) }
        if let logicalType {
            thrift.beginStructField(10)
            logicalType.write(to: &thrift)
            thrift.endStruct()
        }
        thrift.endStruct()
    }
}

extension LogicalType {
    /// Writes the field of the union; the union itself is begun and ended by the caller.
    func write(to thrift: inout ThriftWriter) {
        switch self {
        case .string: thrift.emptyStructField(1)
        case .map: thrift.emptyStructField(2)
        case .list: thrift.emptyStructField(3)
        case .enum: thrift.emptyStructField(4)
        case .decimal(let precision, let scale):
            thrift.beginStructField(5)
            thrift.field(1, Int32(scale))
            thrift.field(2, Int32(precision))
            thrift.endStruct()
        case .date: thrift.emptyStructField(6)
        case .time(let unit, let isAdjustedToUTC):
            Self.write(7, unit, isAdjustedToUTC, to: &thrift)
        case .timestamp(let unit, let isAdjustedToUTC):
            Self.write(8, unit, isAdjustedToUTC, to: &thrift)
        case .integer(let bitWidth, let isSigned):
            thrift.beginStructField(10)
            thrift.field(1, byte: Int8(bitWidth))
            thrift.field(2, isSigned)
            thrift.endStruct()
        case .null: thrift.emptyStructField(11)
        case .json: thrift.emptyStructField(12)
        case .bson: thrift.emptyStructField(13)
        case .uuid: thrift.emptyStructField(14)
        case .float16: thrift.emptyStructField(15)
        case .other(let number): thrift.emptyStructField(number)
        }
    }

    private static func write(
        _ id: Int16, _ unit: TimeUnit, _ isAdjustedToUTC: Bool, to thrift: inout ThriftWriter
    ) {
        thrift.beginStructField(id)
        thrift.field(1, isAdjustedToUTC)
        thrift.beginStructField(2)
        thrift.emptyStructField(unit.rawValue)
        thrift.endStruct()
        thrift.endStruct()
    }
}
