// SPDX-License-Identifier: Apache-2.0

/// What the bytes of a column mean: the `LogicalType` of the format, as far as it changes how values are read or written.
enum LogicalType: Hashable {
    /// The unit of times and timestamps.
    enum TimeUnit: Int16 {
        case millis = 1
        case micros = 2
        case nanos = 3
    }

    case string
    case map
    case list
    case `enum`
    case decimal(precision: Int, scale: Int)
    case date
    case time(unit: TimeUnit, isAdjustedToUTC: Bool)
    case timestamp(unit: TimeUnit, isAdjustedToUTC: Bool)
    case integer(bitWidth: Int, isSigned: Bool)
    case null
    case json
    case bson
    case uuid
    case float16
    /// Known to the format, not to this module, by its number in the union.
    case other(Int16)
}
