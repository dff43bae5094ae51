// SPDX-License-Identifier: Apache-2.0

/// The physical types of column chunks, by their number in the file format.
enum PhysicalType: Int32 {
    case boolean = 0
    case int32 = 1
    case int64 = 2
    case int96 = 3
    case float = 4
    case double = 5
    case byteArray = 6
    case fixedLenByteArray = 7
}
