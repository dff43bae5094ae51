// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Decodes the values of a chunk into a column of its type, without the nulls.
enum LeafValues {
    static func decode(
        _ content: ChunkContent, _ leaf: ReaderLeaf, _ type: DataType
    ) throws(PipelineError) -> Column {
        let storage = try storage(content, leaf, type)
        return Column(type, count: content.valueCount, validity: nil, storage: storage)
    }

    private static func storage(
        _ content: ChunkContent, _ leaf: ReaderLeaf, _ type: DataType
    ) throws(PipelineError) -> Column.Storage {
        switch leaf.physicalType {
        case .boolean: return .bits(try BooleanValues.decode(content))
        case .int32, .float:
            return convert(try NumberValues.decode(content, as: Int32.self), leaf.conversion)
        case .int64, .double:
            return try convert(try NumberValues.decode(content, as: Int64.self), leaf.conversion)
        case .int96:
            return .int64(FixedConversions.timestamps(try FixedValues.decode(content, length: 12)))
        case .fixedLenByteArray:
            let length = leaf.element.typeLength
            return try FixedConversions.convert(
                try FixedValues.decode(content, length: length), length, content.valueCount, leaf.conversion)
        case .byteArray:
            let storage = try ByteArrayValues.decode(content)
            switch (leaf.conversion, storage) {
            case (.decimal, .dictionary):
                let column = Column(.binary, count: content.valueCount, validity: nil, storage: storage)
                return try FixedConversions.decimals(column.expandingDictionary().storage)
            case (.decimal, _): return try FixedConversions.decimals(storage)
            case (_, .dictionary(let codes, let values)):
                return .dictionary(codes: codes, values: values.retyped(type))
            default: return storage
            }
        }
    }

    private static func convert(_ values: Buffer<Int32>, _ conversion: LeafConversion) -> Column.Storage {
        let source = values.span
        switch conversion {
        case .integer(8, true): return .int8(map(source) { Int8(truncatingIfNeeded: $0) })
        case .integer(16, true): return .int16(map(source) { Int16(truncatingIfNeeded: $0) })
        case .integer(8, false): return .int16(map(source) { Int16(UInt8(truncatingIfNeeded: $0)) })
        case .integer(16, false): return .int32(map(source) { Int32(UInt16(truncatingIfNeeded: $0)) })
        case .integer(32, false): return .int64(map(source) { Int64(UInt32(bitPattern: $0)) })
        case .decimal: return .int128(map(source) { Int128($0) })
        case .float: return .float(map(source) { Float(bitPattern: UInt32(bitPattern: $0)) })
        default: return .int32(values)
        }
    }

    private static func convert(
        _ values: Buffer<Int64>, _ conversion: LeafConversion
    ) throws(PipelineError) -> Column.Storage {
        let source = values.span
        switch conversion {
        case .integer(64, false): return .int128(map(source) { Int128(UInt64(bitPattern: $0)) })
        case .decimal: return .int128(map(source) { Int128($0) })
        case .double: return .double(map(source) { Double(bitPattern: UInt64(bitPattern: $0)) })
        case .timestamp(let micros, _) where micros > 1:
            var isInRange = true
            let result = map(source) { value -> Int64 in
                let (product, overflow) = value.multipliedReportingOverflow(by: micros)
                if overflow { isInRange = false }
                return product
            }
            guard isInRange else {
                throw PipelineError(
                    .numericOverflow, "a timestamp of the Parquet file is beyond what microseconds can hold")
            }
            return .int64(result)
        case .timestamp(_, let perMicro) where perMicro > 1:
            // Toward the past, as Spark reads nanoseconds.
            return .int64(map(source) { $0 / perMicro - ($0 % perMicro < 0 ? 1 : 0) })
        default: return .int64(values)
        }
    }

    @inline(__always)
    private static func map<Source: BitwiseCopyable, Target: BitwiseCopyable & Sendable>(
        _ values: Span<Source>, _ convert: (Source) -> Target
    ) -> Buffer<Target> {
        var result = BufferBuilder<Target>(capacity: values.count)
        for index in values.indices { result.append(convert(values[index])) }
        return result.finish()
    }
}
