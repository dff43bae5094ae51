// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Reads structures in Thrift's compact protocol from bytes that nobody vouches for.
///
/// Every length is checked against the bytes that are left before anything is allocated, and nesting is bounded.
struct ThriftReader {
    /// A field of a structure: its number and the type of its value.
    struct FieldHeader {
        let id: Int16
        let type: UInt8
    }

    private let bytes: Buffer<UInt8>
    /// Where the next byte is read.
    private(set) var position: Int

    private static let maxDepth = 64

    init(_ bytes: Buffer<UInt8>, at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// The next field of a structure, or `nil` at its end; `last` holds the number of the one before.
    mutating func field(after last: inout Int16) throws(PipelineError) -> FieldHeader? {
        let byte = try byte()
        let type = byte & 0x0F
        if type == 0 { return nil }
        guard type <= 13 else { throw Self.damaged }
        let step = Int16(byte >> 4)
        if step == 0 {
            guard let id = Int16(exactly: try zigzag()) else { throw Self.damaged }
            last = id
        } else {
            let (id, overflow) = last.addingReportingOverflow(step)
            guard !overflow else { throw Self.damaged }
            last = id
        }
        return FieldHeader(id: last, type: type)
    }

    /// The value of an integer field of any width.
    mutating func integer(_ field: FieldHeader) throws(PipelineError) -> Int64 {
        switch field.type {
        case 3: return Int64(Int8(bitPattern: try byte()))
        case 4, 5, 6: return try zigzag()
        default: throw Self.damaged
        }
    }

    /// The value of an integer field that counts or measures something in memory.
    mutating func size(_ field: FieldHeader) throws(PipelineError) -> Int {
        guard let size = Int(exactly: try integer(field)), size >= 0 else { throw Self.damaged }
        return size
    }

    /// The value of an integer field of 32 bits.
    mutating func int32(_ field: FieldHeader) throws(PipelineError) -> Int32 {
        guard let number = Int32(exactly: try integer(field)) else { throw Self.damaged }
        return number
    }

    /// The value of a BOOLEAN field, which is part of its header.
    func boolean(_ field: FieldHeader) throws(PipelineError) -> Bool {
        guard field.type == 1 || field.type == 2 else { throw Self.damaged }
        return field.type == 1
    }

    /// The value of a string field; invalid UTF-8 is repaired.
    mutating func string(_ field: FieldHeader) throws(PipelineError) -> String {
        String(decoding: try binary(field), as: UTF8.self)
    }

    /// The value of a byte string field.
    mutating func binary(_ field: FieldHeader) throws(PipelineError) -> [UInt8] {
        guard field.type == 8 else { throw Self.damaged }
        return try binary()
    }

    /// An element of a list of byte strings.
    mutating func binary() throws(PipelineError) -> [UInt8] {
        let count = try varint()
        guard count <= UInt64(bytes.count - position) else { throw Self.damaged }
        let start = position
        position += Int(count)
        return bytes.slice(start..<position).array
    }

    /// Begins a list whose elements have a type; returns how many follow.
    mutating func list(_ field: FieldHeader, of type: UInt8) throws(PipelineError) -> Int {
        guard field.type == 9 || field.type == 10 else { throw Self.damaged }
        let (count, elementType) = try listHeader()
        guard elementType == type || count == 0 else { throw Self.damaged }
        return count
    }

    /// Checks that a field holds a structure, which is then read field by field.
    func structure(_ field: FieldHeader) throws(PipelineError) {
        guard field.type == 12 else { throw Self.damaged }
    }

    /// An element of a list of integers.
    mutating func zigzag() throws(PipelineError) -> Int64 {
        let word = try varint()
        return Int64(bitPattern: word >> 1) ^ -Int64(bitPattern: word & 1)
    }

    private mutating func listHeader() throws(PipelineError) -> (count: Int, elementType: UInt8) {
        let header = try byte()
        let count = header >> 4 == 15 ? try varint() : UInt64(header >> 4)
        // Every element takes at least a byte.
        guard count <= UInt64(bytes.count - position) else { throw Self.damaged }
        return (Int(count), header & 0x0F)
    }

    /// Passes over the value of a field.
    mutating func skip(_ field: FieldHeader) throws(PipelineError) { try skip(field.type, depth: 0) }

    private mutating func skip(_ type: UInt8, depth: Int) throws(PipelineError) {
        guard depth < Self.maxDepth else { throw Self.damaged }
        switch type {
        case 1, 2: return
        case 3: _ = try byte()
        case 4, 5, 6: _ = try varint()
        case 7: try advance(8)
        case 8: _ = try advance(varint())
        case 9, 10:
            let (count, elementType) = try listHeader()
            for _ in 0..<count {
                // A BOOLEAN in a list takes a byte, unlike one in a field.
                if elementType == 1 || elementType == 2 {
                    try advance(1)
                } else {
                    try skip(elementType, depth: depth + 1)
                }
            }
        case 11:
            let count = try varint()
            guard count <= UInt64(bytes.count - position) else { throw Self.damaged }
            guard count > 0 else { return }
            let types = try byte()
            for _ in 0..<count {
                try skipMapPart(types >> 4, depth: depth)
                try skipMapPart(types & 0x0F, depth: depth)
            }
        case 12:
            var last: Int16 = 0
            while let field = try field(after: &last) { try skip(field.type, depth: depth + 1) }
        case 13: try advance(16)
        default: throw Self.damaged
        }
    }

    private mutating func skipMapPart(_ type: UInt8, depth: Int) throws(PipelineError) {
        if type == 1 || type == 2 { try advance(1) } else { try skip(type, depth: depth + 1) }
    }

    private mutating func advance(_ count: UInt64) throws(PipelineError) {
        guard count <= UInt64(bytes.count - position) else { throw Self.damaged }
        position += Int(count)
    }

    private mutating func byte() throws(PipelineError) -> UInt8 {
        guard position < bytes.count else { throw Self.damaged }
        position += 1
        return bytes[position - 1]
    }

    private mutating func varint() throws(PipelineError) -> UInt64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let next = try byte()
            result |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return result }
            shift += 7
        }
        throw Self.damaged
    }

    private static var damaged: PipelineError { .corruptParquet("a header or the footer is damaged") }
}

extension PipelineError {
    /// A file that breaks the rules of the format.
    static func corruptParquet(_ what: String) -> PipelineError {
        PipelineError(.corruptFile, what, hint: "The Parquet file is damaged or was cut off; write it again")
    }
}
