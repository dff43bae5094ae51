// SPDX-License-Identifier: Apache-2.0

/// Encodes values of STRUCT, ARRAY and MAP columns row by row.
struct NestedKeyEncoder {
    let isNormalizing: Bool

    /// The values of all rows; those of NULL rows are empty.
    func encode(_ column: Column) -> (offsets: Buffer<Int32>, bytes: Buffer<UInt8>) {
        var offsets = BufferBuilder<Int32>(capacity: column.count + 1)
        var bytes = BufferBuilder<UInt8>()
        offsets.append(0)
        for row in 0..<column.count {
            if !column.isNull(row) { append(column, row, to: &bytes) }
            offsets.append(Int32(bytes.count))
        }
        return (offsets.finish(), bytes.finish())
    }

    /// Appends a value that is not NULL.
    private func append(_ column: Column, _ row: Int, to bytes: inout BufferBuilder<UInt8>) {
        switch column.storage {
        case .none: return
        case .bits(let bits): bytes.append(bits[row] ? 1 : 0)
        case .int8(let values): bytes.append(littleEndian: values[row])
        case .int16(let values): bytes.append(littleEndian: values[row])
        case .int32(let values): bytes.append(littleEndian: values[row])
        case .int64(let values): bytes.append(littleEndian: values[row])
        case .int128(let values): bytes.append(littleEndian: values[row])
        case .float(let values):
            bytes.append(
                littleEndian: (isNormalizing ? KeyNumber.normalized(values[row]) : values[row]).bitPattern)
        case .double(let values):
            bytes.append(
                littleEndian: (isNormalizing ? KeyNumber.normalized(values[row]) : values[row]).bitPattern)
        case .bytes(let offsets, let source):
            let text = source.slice(Int(offsets[row])..<Int(offsets[row + 1]))
            append(length: text.count, to: &bytes)
            bytes.append(contentsOf: text)
        case .dictionary(let codes, let values): append(values, Int(codes[row]), to: &bytes)
        case .fields(let members):
            var flags = [UInt8](repeating: 0, count: (members.count + 7) / 8)
            for (index, member) in members.enumerated() where member.isNull(row) {
                flags[index / 8] |= 1 << UInt8(index % 8)
            }
            bytes.append(contentsOf: flags.span)
            for member in members where !member.isNull(row) { append(member, row, to: &bytes) }
        case .list(let offsets, let element):
            append(length: Int(offsets[row + 1] - offsets[row]), to: &bytes)
            for index in Int(offsets[row])..<Int(offsets[row + 1]) { appendOptional(element, index, to: &bytes) }
        case .map(let offsets, let keys, let values):
            append(length: Int(offsets[row + 1] - offsets[row]), to: &bytes)
            for index in Int(offsets[row])..<Int(offsets[row + 1]) {
                append(keys, index, to: &bytes)
                appendOptional(values, index, to: &bytes)
            }
        }
    }

    private func appendOptional(_ column: Column, _ row: Int, to bytes: inout BufferBuilder<UInt8>) {
        bytes.append(column.isNull(row) ? 0 : 1)
        if !column.isNull(row) { append(column, row, to: &bytes) }
    }

    private func append(length: Int, to bytes: inout BufferBuilder<UInt8>) {
        var rest = length
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
