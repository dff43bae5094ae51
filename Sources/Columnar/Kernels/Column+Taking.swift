// SPDX-License-Identifier: Apache-2.0

extension Column {
    /// The rows at `indices`, in that order; an index may repeat. Dictionaries keep their values.
    public func taking(_ indices: Buffer<Int32>) -> Column {
        let validity = self.validity.flatMap { Self.take($0, indices).finishValidity() }
        return Column(type, count: indices.count, validity: validity, storage: storage.taking(indices))
    }

    /// Whether both are the same memory, as far as BIGINT without NULLs goes.
    fileprivate func sharesMemory(with other: Column) -> Bool {
        guard case (.int64(let own), .int64(let others)) = (storage, other.storage) else { return false }
        return type == other.type && validity == nil && other.validity == nil && own.isIdentical(to: others)
    }

    private static func take(_ bitmap: Bitmap, _ indices: Buffer<Int32>) -> BitmapBuilder {
        let (words, positions) = (bitmap.words.span, indices.span)
        var result = BitmapBuilder(capacity: positions.count)
        for row in positions.indices {
            let position = Int(positions[row])
            result.append(words[position >> 6] >> UInt64(position & 63) & 1 != 0)
        }
        return result
    }

    fileprivate static func takeBits(_ bitmap: Bitmap, _ indices: Buffer<Int32>) -> Bitmap {
        take(bitmap, indices).finish()
    }
}

extension [Column] {
    /// The rows of each at `indices`; those that share memory still do.
    public func taking(_ indices: Buffer<Int32>) -> [Column] {
        var taken: [Column] = []
        for (place, column) in enumerated() {
            let same = self[..<place].firstIndex { $0.sharesMemory(with: column) }
            taken.append(same.map { taken[$0] } ?? column.taking(indices))
        }
        return taken
    }
}

extension Column.Storage {
    fileprivate func taking(_ indices: Buffer<Int32>) -> Column.Storage {
        switch self {
        case .none: .none
        case .bits(let bits): .bits(Column.takeBits(bits, indices))
        case .int8(let values): .int8(values.taking(indices))
        case .int16(let values): .int16(values.taking(indices))
        case .int32(let values): .int32(values.taking(indices))
        case .int64(let values): .int64(values.taking(indices))
        case .int128(let values): .int128(values.taking(indices))
        case .float(let values): .float(values.taking(indices))
        case .double(let values): .double(values.taking(indices))
        case .bytes(let offsets, let bytes): Self.takingBytes(offsets, bytes, indices)
        case .dictionary(let codes, let values): .dictionary(codes: codes.taking(indices), values: values)
        case .fields(let columns): .fields(columns.map { $0.taking(indices) })
        case .list(let offsets, let element):
            Self.takingRanges(offsets, indices) { .list(offsets: $0, element: element.taking($1)) }
        case .map(let offsets, let keys, let values):
            Self.takingRanges(offsets, indices) {
                .map(offsets: $0, keys: keys.taking($1), values: values.taking($1))
            }
        }
    }

    private static func takingBytes(
        _ offsets: Buffer<Int32>, _ bytes: Buffer<UInt8>, _ indices: Buffer<Int32>
    ) -> Column.Storage {
        let (starts, source, positions) = (offsets.span, bytes.span, indices.span)
        var newOffsets = BufferBuilder<Int32>(capacity: positions.count + 1)
        var total: Int32 = 0
        newOffsets.append(0)
        for row in positions.indices {
            let position = Int(positions[row])
            total += starts[position + 1] - starts[position]
            newOffsets.append(total)
        }
        var newBytes = BufferBuilder<UInt8>(capacity: Int(total))
        for row in positions.indices {
            let position = Int(positions[row])
            newBytes.append(contentsOf: source.extracting(Int(starts[position])..<Int(starts[position + 1])))
        }
        return .bytes(offsets: newOffsets.finish(), bytes: newBytes.finish())
    }

    private static func takingRanges(
        _ offsets: Buffer<Int32>, _ indices: Buffer<Int32>,
        _ make: (Buffer<Int32>, Buffer<Int32>) -> Column.Storage
    ) -> Column.Storage {
        let (starts, positions) = (offsets.span, indices.span)
        var newOffsets = BufferBuilder<Int32>(capacity: positions.count + 1)
        var elements = BufferBuilder<Int32>()
        newOffsets.append(0)
        for row in positions.indices {
            let position = Int(positions[row])
            var element = starts[position]
            while element < starts[position + 1] {
                elements.append(element)
                element += 1
            }
            newOffsets.append(Int32(elements.count))
        }
        return make(newOffsets.finish(), elements.finish())
    }
}
