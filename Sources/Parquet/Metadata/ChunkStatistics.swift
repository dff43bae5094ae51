// SPDX-License-Identifier: Apache-2.0

/// The statistics of one column chunk, in the encoding of the file.
struct ChunkStatistics {
    var nullCount: Int?
    /// PLAIN encoding of the least value, or a lower bound of it.
    var minimum: [UInt8]?
    /// PLAIN encoding of the greatest value, or an upper bound of it.
    var maximum: [UInt8]?
    var isMinimumExact: Bool?
    var isMaximumExact: Bool?
    /// Whether the bounds come from the older fields, whose order is defined for signed numbers alone.
    var hasLegacyOrder = false

    func write(field id: Int16, to thrift: inout ThriftWriter) {
        thrift.beginStructField(id)
        if let nullCount { thrift.field(3, Int64(nullCount)) }
        if let maximum { thrift.field(5, maximum) }
        if let minimum { thrift.field(6, minimum) }
        if let isMaximumExact { thrift.field(7, isMaximumExact) }
        if let isMinimumExact { thrift.field(8, isMinimumExact) }
        thrift.endStruct()
    }
}
