// SPDX-License-Identifier: Apache-2.0

/// The older annotation of columns, by its number in the file format.
enum ConvertedType: Int32 {
    case utf8 = 0
    case map = 1
    case mapKeyValue = 2
    case list = 3
    case `enum` = 4
    case decimal = 5
    case date = 6
    case timeMillis = 7
    case timeMicros = 8
    case timestampMillis = 9
    case timestampMicros = 10
    case uint8 = 11
    case uint16 = 12
    case uint32 = 13
    case uint64 = 14
    case int8 = 15
    case int16 = 16
    case int32 = 17
    case int64 = 18
    case json = 19
    case bson = 20
    case interval = 21

    /// Whether the annotation may stand on a leaf of the physical type.
    func annotates(_ type: PhysicalType) -> Bool {
        switch self {
        case .date, .timeMillis, .uint8, .uint16, .uint32, .int8, .int16, .int32: type == .int32
        case .timeMicros, .timestampMillis, .timestampMicros, .uint64, .int64: type == .int64
        case .decimal: type == .int32 || type == .int64 || type == .byteArray || type == .fixedLenByteArray
        case .utf8, .enum, .json, .bson: type == .byteArray || type == .fixedLenByteArray
        case .interval: type == .fixedLenByteArray
        case .map, .mapKeyValue, .list: false
        }
    }
}
