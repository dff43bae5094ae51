// SPDX-License-Identifier: Apache-2.0

/// Batches as the plain bytes of their columns, for files that live no longer than the process that writes them: no format number, no
/// compression, nothing but copies of memory.
public enum BatchBytes {
    /// The bytes of a batch. Dictionaries are expanded.
    public static func encode(_ batch: ColumnBatch) -> Buffer<UInt8> {
        var bytes = BufferBuilder<UInt8>(capacity: batch.byteCount + batch.columns.count * 16)
        for column in batch.columns { write(column, to: &bytes) }
        return bytes.finish()
    }

    /// The batch of bytes that `encode` made of one with this schema and number of rows.
    ///
    /// The caller has made sure by a checksum that the bytes are those; others are a failed precondition.
    public static func decode(_ bytes: Buffer<UInt8>, schema: Schema, rowCount: Int) -> ColumnBatch {
        var reader = Reader(bytes: bytes)
        let columns = schema.fields.map { reader.column($0.type, count: rowCount) }
        precondition(reader.position == bytes.count, "a batch has bytes behind its columns")
        return ColumnBatch(schema: schema, columns: columns, rowCount: rowCount)
    }

    private enum Layout: UInt8 {
        case none, bits, int8, int16, int32, int64, int128, float, double, bytes, fields, list, map
    }

    private static func write(_ column: Column, to bytes: inout BufferBuilder<UInt8>) {
        let column = column.expandingDictionary()
        func begin(_ layout: Layout) {
            bytes.append(layout.rawValue)
            bytes.append(column.validity == nil ? 0 : 1)
            if let validity = column.validity { bytes.append(bytesOf: validity.words.span) }
        }
        switch column.storage {
        case .none: begin(.none)
        case .bits(let bits):
            begin(.bits)
            bytes.append(bytesOf: bits.words.span)
        case .int8(let values):
            begin(.int8)
            bytes.append(bytesOf: values.span)
        case .int16(let values):
            begin(.int16)
            bytes.append(bytesOf: values.span)
        case .int32(let values):
            begin(.int32)
            bytes.append(bytesOf: values.span)
        case .int64(let values):
            begin(.int64)
            bytes.append(bytesOf: values.span)
        case .int128(let values):
            begin(.int128)
            bytes.append(bytesOf: values.span)
        case .float(let values):
            begin(.float)
            bytes.append(bytesOf: values.span)
        case .double(let values):
            begin(.double)
            bytes.append(bytesOf: values.span)
        case .bytes(let offsets, let values):
            begin(.bytes)
            let range = write(offsets, to: &bytes)
            bytes.append(contentsOf: values.span.extracting(range))
        case .dictionary: preconditionFailure("dictionaries were expanded")
        case .fields(let members):
            begin(.fields)
            for member in members { write(member, to: &bytes) }
        case .list(let offsets, let element):
            begin(.list)
            let range = write(offsets, to: &bytes)
            write(element.slice(range), to: &bytes)
        case .map(let offsets, let keys, let values):
            begin(.map)
            let range = write(offsets, to: &bytes)
            write(keys.slice(range), to: &bytes)
            write(values.slice(range), to: &bytes)
        }
    }

    /// Writes offsets that begin at 0; returns what they spanned before.
    private static func write(_ offsets: Buffer<Int32>, to bytes: inout BufferBuilder<UInt8>) -> Range<Int> {
        guard offsets.count > 0 else {
            bytes.append(littleEndian: Int32(0))
            return 0..<0
        }
        let first = offsets[0]
        if first == 0 {
            bytes.append(bytesOf: offsets.span)
        } else {
            bytes.append(bytesOf: Elementwise.map(offsets) { $0 - first }.span)
        }
        return Int(first)..<Int(offsets[offsets.count - 1])
    }

    private struct Reader {
        let bytes: Buffer<UInt8>
        var position = 0

        mutating func take(_ count: Int) -> Buffer<UInt8> {
            defer { position += count }
            return bytes.slice(position..<(position + count))
        }

        mutating func integers<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(_ count: Int) -> Buffer<Number> {
            var result = BufferBuilder<Number>(capacity: count)
            result.append(littleEndianBytes: take(count * MemoryLayout<Number>.stride).span)
            return result.finish()
        }

        mutating func floats<Number: BinaryFloatingPoint & BitwiseCopyable & Sendable>(_ count: Int) -> Buffer<Number> {
            var result = BufferBuilder<Number>(capacity: count)
            result.append(littleEndianBytes: take(count * MemoryLayout<Number>.stride).span)
            return result.finish()
        }

        mutating func bitmap(_ count: Int) -> Bitmap { Bitmap(words: integers((count + 63) / 64), count: count) }

        mutating func column(_ type: DataType, count: Int) -> Column {
            let head = take(2)
            let validity = head[1] == 0 ? nil : bitmap(count)
            guard let layout = Layout(rawValue: head[0]) else { preconditionFailure("a batch's layout is unknown") }
            return Column(type, count: count, validity: validity, storage: storage(layout, type, count))
        }

        private mutating func storage(_ layout: Layout, _ type: DataType, _ count: Int) -> Column.Storage {
            switch layout {
            case .none: return .none
            case .bits: return .bits(bitmap(count))
            case .int8: return .int8(integers(count))
            case .int16: return .int16(integers(count))
            case .int32: return .int32(integers(count))
            case .int64: return .int64(integers(count))
            case .int128: return .int128(integers(count))
            case .float: return .float(floats(count))
            case .double: return .double(floats(count))
            case .bytes:
                let offsets: Buffer<Int32> = integers(count + 1)
                return .bytes(offsets: offsets, bytes: take(Int(offsets[count])))
            case .fields:
                guard case .structure(let fields) = type else { preconditionFailure("a batch does not fit its schema") }
                var members: [Column] = []
                for field in fields { members.append(column(field.type, count: count)) }
                return .fields(members)
            case .list:
                guard case .array(let element, _) = type else { preconditionFailure("a batch does not fit its schema") }
                let offsets: Buffer<Int32> = integers(count + 1)
                return .list(offsets: offsets, element: column(element, count: Int(offsets[count])))
            case .map:
                guard case .map(let key, let value, _) = type else {
                    preconditionFailure("a batch does not fit its schema")
                }
                let offsets: Buffer<Int32> = integers(count + 1)
                let keys = column(key, count: Int(offsets[count]))
                return .map(offsets: offsets, keys: keys, values: column(value, count: Int(offsets[count])))
            }
        }
    }
}
