// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// The values of a column as bytes for a place that holds one value alone, such as the key of a record.
///
/// STRING and BINARY as they are; other types as in JSON, without the quotes around dates and times. A NULL is not there.
public struct TextCells: Sendable {
    /// Where each value ends in `bytes`; the first begins at 0.
    public let ends: Buffer<Int32>
    /// 1 for a value, 0 for NULL.
    public let present: Buffer<UInt8>
    /// The bytes of all values.
    public let bytes: Buffer<UInt8>

    /// The values of a column; the type is decided once.
    public init(_ column: Column) {
        let column = column.expandingDictionary()
        var ends = BufferBuilder<Int32>(capacity: column.count)
        var present = BufferBuilder<UInt8>(capacity: column.count)
        for row in 0..<column.count { present.append(column.isNull(row) ? 0 : 1) }
        if case .bytes(let offsets, let bytes) = column.storage {
            let first = column.count > 0 ? offsets[0] : 0
            for row in 0..<column.count { ends.append(offsets[row + 1] - first) }
            let last = column.count > 0 ? offsets[column.count] : 0
            self.bytes = bytes.slice(Int(first)..<Int(last))
        } else {
            let cells = JSONCells(column)
            var output = BufferBuilder<UInt8>(capacity: cells.bytes.count)
            let quoted =
                switch column.type {
                case .date, .timestamp, .timestampNTZ, .float, .double: true
                default: false
                }
            for row in 0..<column.count {
                let text = cells.text(row)
                let isQuoted = quoted && text.count >= 2 && text[0] == UInt8(ascii: "\"")
                output.append(contentsOf: isQuoted ? text.slice(1..<text.count - 1) : text)
                ends.append(Int32(output.count))
            }
            bytes = output.finish()
        }
        self.ends = ends.finish()
        self.present = present.finish()
    }
}
