// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// A STRING or BINARY argument: the bytes of any row, whether the argument is a column or one constant.
struct TextInput {
    let offsets: Buffer<Int32>
    let bytes: Buffer<UInt8>
    /// Zero for a constant, so that every row reads its only value; all ones for a column.
    private let mask: Int

    private init(offsets: Buffer<Int32>, bytes: Buffer<UInt8>, mask: Int) {
        (self.offsets, self.bytes, self.mask) = (offsets, bytes, mask)
    }

    /// The rows of a range; a constant stays as it is.
    func slice(_ rows: Range<Int>) -> TextInput {
        if isConstant { return self }
        let kept = offsets.slice(rows.lowerBound..<(rows.upperBound + 1))
        return TextInput(offsets: kept, bytes: bytes, mask: mask)
    }

    /// Whether one value stands for all rows.
    var isConstant: Bool { mask == 0 }

    /// The operand's bytes; a dictionary is expanded. The type must be STRING or BINARY, or all rows NULL.
    init(_ operand: Operand) {
        switch operand {
        case .constant(let column):
            mask = 0
            (offsets, bytes) = Self.memory(column)
        case .column(let column):
            mask = -1
            (offsets, bytes) = Self.memory(column)
        }
    }

    /// The bytes of a plain column.
    init(column: Column) {
        mask = -1
        (offsets, bytes) = Self.memory(column)
    }

    private static func memory(_ column: Column) -> (Buffer<Int32>, Buffer<UInt8>) {
        guard case .bytes(let offsets, let bytes) = column.expandingDictionary().storage else {
            return (Buffer(repeating: 0, count: column.count + 1), Buffer())
        }
        return (offsets, bytes)
    }

    /// The bytes of one row.
    subscript(row: Int) -> Span<UInt8> {
        @inline(__always) @_lifetime(borrow self)
        get {
            let index = row & mask
            return bytes.span.extracting(Int(offsets[index])..<Int(offsets[index + 1]))
        }
    }

    /// The bytes of all rows, in one run.
    var allBytes: Buffer<UInt8> { bytes.slice(Int(offsets[0])..<Int(offsets[offsets.count - 1])) }

    /// Whether no row holds a byte above 0x7F, so that positions in code points are positions in bytes. O(bytes).
    var isASCII: Bool { allBytes.span.isASCII }
}
