// SPDX-License-Identifier: Apache-2.0
internal import Failures

/// Reads one column of encoded keys, row by row at cursors.
struct KeyColumnReader {
    let offsets: Buffer<Int32>
    let bytes: Buffer<UInt8>
    let validity: Bitmap?

    private var count: Int { offsets.count - 1 }

    /// The column of a type; moves the cursors behind its values.
    func read(_ type: DataType, at cursors: inout BufferBuilder<Int32>) throws(PipelineError) -> Column {
        switch type {
        case .void: return Column(nulls: .void, count: count)
        case .boolean:
            let values: Buffer<Int8> = try numbers(at: &cursors)
            return Column(
                type, count: count, validity: validity, storage: .bits(Elementwise.test(values) { $0 != 0 }))
        case .tinyint: return Column(type, try numbers(at: &cursors) as Buffer<Int8>, validity: validity)
        case .smallint: return Column(type, try numbers(at: &cursors) as Buffer<Int16>, validity: validity)
        case .int, .date, .yearMonthInterval:
            return Column(type, try numbers(at: &cursors) as Buffer<Int32>, validity: validity)
        case .bigint, .timestamp, .timestampNTZ, .dayTimeInterval:
            return Column(type, try numbers(at: &cursors) as Buffer<Int64>, validity: validity)
        case .decimal: return Column(type, try numbers(at: &cursors) as Buffer<Int128>, validity: validity)
        case .float:
            let values: Buffer<Int32> = try numbers(at: &cursors)
            return Column(
                type, Elementwise.map(values) { Float(bitPattern: UInt32(bitPattern: $0)) }, validity: validity)
        case .double:
            let values: Buffer<Int64> = try numbers(at: &cursors)
            return Column(
                type, Elementwise.map(values) { Double(bitPattern: UInt64(bitPattern: $0)) }, validity: validity)
        case .string, .binary: return try texts(type, at: &cursors)
        case .structure, .array, .map: return try nested(type, at: &cursors)
        }
    }

    private func numbers<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
        at cursors: inout BufferBuilder<Int32>
    ) throws(PipelineError) -> Buffer<Number> {
        let (ends, source) = (offsets.span, bytes.span)
        var positions = cursors.mutableSpan
        var result = BufferBuilder<Number>(capacity: count)
        for row in 0..<count {
            guard validity?[row] ?? true else {
                result.append(0)
                continue
            }
            let position = Int(positions[row])
            let end = position + MemoryLayout<Number>.size
            guard end <= Int(ends[row + 1]) else { throw KeyDecoder.failure }
            result.append(source.littleEndian(at: position, as: Number.self))
            positions[row] = Int32(truncatingIfNeeded: end)
        }
        return result.finish()
    }

    private func texts(_ type: DataType, at cursors: inout BufferBuilder<Int32>) throws(PipelineError) -> Column {
        let (ends, source) = (offsets.span, bytes.span)
        var positions = cursors.mutableSpan
        var newOffsets = BufferBuilder<Int32>(capacity: count + 1)
        var newBytes = BufferBuilder<UInt8>(capacity: bytes.count)
        newOffsets.append(0)
        for row in 0..<count {
            if validity?[row] ?? true {
                var cursor = ValueCursor(position: Int(positions[row]), end: Int(ends[row + 1]))
                let length = try cursor.length(source)
                guard length <= cursor.end - cursor.position else { throw KeyDecoder.failure }
                newBytes.append(contentsOf: source.extracting(cursor.position..<(cursor.position + length)))
                positions[row] = Int32(truncatingIfNeeded: cursor.position + length)
            }
            newOffsets.append(Int32(truncatingIfNeeded: newBytes.count))
        }
        return Column(
            type, count: count, validity: validity,
            storage: .bytes(offsets: newOffsets.finish(), bytes: newBytes.finish()))
    }

    private func nested(_ type: DataType, at cursors: inout BufferBuilder<Int32>) throws(PipelineError) -> Column {
        let (ends, source) = (offsets.span, bytes.span)
        var positions = cursors.mutableSpan
        var values: [Value] = []
        for row in 0..<count {
            guard validity?[row] ?? true else {
                values.append(.null)
                continue
            }
            var cursor = ValueCursor(position: Int(positions[row]), end: Int(ends[row + 1]))
            values.append(try cursor.value(type, source))
            positions[row] = Int32(truncatingIfNeeded: cursor.position)
        }
        return Column(type, values)
    }
}

/// Reads encoded values one behind the other.
private struct ValueCursor {
    var position: Int
    let end: Int

    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ source: Span<UInt8>
    ) throws(PipelineError) -> Number {
        guard position + MemoryLayout<Number>.size <= end else { throw KeyDecoder.failure }
        defer { position += MemoryLayout<Number>.size }
        return source.littleEndian(at: position, as: Number.self)
    }

    mutating func length(_ source: Span<UInt8>) throws(PipelineError) -> Int {
        var result = 0
        var shift = 0
        while true {
            guard position < end, shift <= 28 else { throw KeyDecoder.failure }
            let byte = source[position]
            position += 1
            result |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return result }
            shift += 7
        }
    }

    /// A value that is not NULL.
    mutating func value(_ type: DataType, _ source: Span<UInt8>) throws(PipelineError) -> Value {
        switch type {
        case .void: return .null
        case .boolean: return .boolean(try number(source) as UInt8 != 0)
        case .tinyint: return .tinyint(try number(source))
        case .smallint: return .smallint(try number(source))
        case .int: return .int(try number(source))
        case .date: return .date(try number(source))
        case .yearMonthInterval: return .yearMonthInterval(try number(source))
        case .bigint: return .bigint(try number(source))
        case .timestamp: return .timestamp(try number(source))
        case .timestampNTZ: return .timestampNTZ(try number(source))
        case .dayTimeInterval: return .dayTimeInterval(try number(source))
        case .float: return .float(Float(bitPattern: try number(source)))
        case .double: return .double(Double(bitPattern: try number(source)))
        case .decimal(_, let scale): return .decimal(try number(source), scale: scale)
        case .string: return .string(try text(source).text)
        case .binary: return .binary(try text(source).array)
        case .structure(let fields): return .structure(try members(fields, source))
        case .array(let element, _):
            var values: [Value] = []
            for _ in 0..<(try length(source)) { values.append(try optional(element, source)) }
            return .array(values)
        case .map(let key, let item, _):
            var entries: [Value.MapEntry] = []
            for _ in 0..<(try length(source)) {
                let entryKey = try value(key, source)
                entries.append(Value.MapEntry(entryKey, try optional(item, source)))
            }
            return .map(entries)
        }
    }

    private mutating func optional(_ type: DataType, _ source: Span<UInt8>) throws(PipelineError) -> Value {
        let flag: UInt8 = try number(source)
        return flag == 0 ? .null : try value(type, source)
    }

    private mutating func text(_ source: Span<UInt8>) throws(PipelineError) -> Buffer<UInt8> {
        let count = try length(source)
        guard count <= end - position else { throw KeyDecoder.failure }
        defer { position += count }
        var bytes = BufferBuilder<UInt8>(capacity: count)
        bytes.append(contentsOf: source.extracting(position..<(position + count)))
        return bytes.finish()
    }

    private mutating func members(_ fields: [Field], _ source: Span<UInt8>) throws(PipelineError) -> [Value] {
        let flags = position
        position += (fields.count + 7) / 8
        guard position <= end else { throw KeyDecoder.failure }
        var values: [Value] = []
        for (index, field) in fields.enumerated() {
            let isNull = source[flags + index / 8] & (1 << UInt8(index % 8)) != 0
            values.append(isNull ? .null : try value(field.type, source))
        }
        return values
    }
}
