// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Writes structures in Thrift's compact protocol, as far as Parquet uses it.
///
/// Fields of a structure must be written in ascending order of their number.
struct ThriftWriter: ~Copyable {
    /// The element types of a list.
    enum ElementType: UInt8 {
        case int32 = 5
        case int64 = 6
        case binary = 8
        case structure = 12
        case boolean = 1
    }

    private(set) var bytes = BufferBuilder<UInt8>(capacity: 256)
    private var lastField: Int16 = 0
    private var outerFields: [Int16] = []

    init() {}

    mutating func beginStruct() {
        outerFields.append(lastField)
        lastField = 0
    }

    mutating func endStruct() {
        bytes.append(0)
        lastField = outerFields.removeLast()
    }

    mutating func field(_ id: Int16, _ value: Int32) {
        header(id, 5)
        zigzag(Int64(value))
    }

    mutating func field(_ id: Int16, _ value: Int64) {
        header(id, 6)
        zigzag(value)
    }

    mutating func field(_ id: Int16, byte value: Int8) {
        header(id, 3)
        bytes.append(UInt8(bitPattern: value))
    }

    mutating func field(_ id: Int16, int16 value: Int16) {
        header(id, 4)
        zigzag(Int64(value))
    }

    mutating func field(_ id: Int16, _ value: Bool) { header(id, value ? 1 : 2) }

    mutating func field(_ id: Int16, _ value: String) {
        header(id, 8)
        string(value)
    }

    mutating func field(_ id: Int16, _ value: [UInt8]) {
        header(id, 8)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value.span)
    }

    /// Begins a structure as a field; end it with `endStruct`.
    mutating func beginStructField(_ id: Int16) {
        header(id, 12)
        beginStruct()
    }

    /// A structure without fields, as unions of the format use it.
    mutating func emptyStructField(_ id: Int16) {
        beginStructField(id)
        endStruct()
    }

    /// Begins a list; `count` elements follow.
    mutating func beginList(_ id: Int16, of type: ElementType, count: Int) {
        header(id, 9)
        if count < 15 {
            bytes.append(UInt8(count) << 4 | type.rawValue)
        } else {
            bytes.append(0xF0 | type.rawValue)
            varint(UInt64(count))
        }
    }

    /// One element of a list of integers.
    mutating func element(_ value: Int64) { zigzag(value) }

    /// One element of a list of BOOLEAN.
    mutating func element(_ value: Bool) { bytes.append(value ? 1 : 2) }

    /// One element of a list of strings.
    mutating func element(_ value: String) { string(value) }

    /// One element of a list of byte strings.
    mutating func element(_ value: [UInt8]) {
        varint(UInt64(value.count))
        bytes.append(contentsOf: value.span)
    }

    consuming func finish() -> Buffer<UInt8> { bytes.finish() }

    private mutating func header(_ id: Int16, _ type: UInt8) {
        let step = Int(id) - Int(lastField)
        if step > 0 && step <= 15 {
            bytes.append(UInt8(step) << 4 | type)
        } else {
            bytes.append(type)
            zigzag(Int64(id))
        }
        lastField = id
    }

    private mutating func string(_ value: String) {
        varint(UInt64(value.utf8.count))
        for byte in value.utf8 { bytes.append(byte) }
    }

    private mutating func zigzag(_ value: Int64) { bytes.append(zigzag: value) }

    private mutating func varint(_ value: UInt64) { bytes.append(varint: value) }
}

extension BufferBuilder where Element == UInt8 {
    /// Appends an unsigned integer in 7-bit groups, lowest first (ULEB128).
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends a signed integer as a varint with the sign in the lowest bit.
    mutating func append(zigzag value: Int64) {
        append(varint: UInt64(bitPattern: value << 1 ^ value >> 63))
    }
}
