// SPDX-License-Identifier: Apache-2.0

/// What is done with the physical values of a leaf to make a column of them.
enum LeafConversion {
    case boolean
    /// INT32 or INT64 kept, cut to a smaller width, or read as unsigned into the next larger type.
    case integer(bitWidth: Int, isSigned: Bool)
    case date
    case float
    case double
    case float16
    /// INT32, INT64, or big-endian bytes.
    case decimal
    /// INT64 in units of which `perMicro` make a microsecond, or which have `micros` microseconds.
    case timestamp(micros: Int64, perMicro: Int64)
    /// INT96: nanoseconds of the day, Julian day.
    case timestamp96
    case text
    case bytes
    case uuid
}
