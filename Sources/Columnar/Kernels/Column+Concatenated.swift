// SPDX-License-Identifier: Apache-2.0

extension Column {
    /// All columns below each other; they must have one type. Dictionaries of the same values stay dictionaries, others are expanded.
    public static func concatenated(_ columns: [Column]) -> Column {
        precondition(!columns.isEmpty)
        let count = columns.reduce(0) { $0 + $1.count }
        let storage = Storage.concatenated(columns)
        guard columns.contains(where: { $0.validity != nil }) else {
            return Column(columns[0].type, count: count, validity: nil, storage: storage)
        }
        var validity = BitmapBuilder(capacity: count)
        for column in columns {
            if let bits = column.validity {
                validity.append(contentsOf: bits)
            } else {
                validity.append(repeating: true, count: column.count)
            }
        }
        return Column(columns[0].type, count: count, validity: validity.finishValidity(), storage: storage)
    }

    /// The same rows with a dictionary replaced by its values; other layouts are returned as they are.
    public func expandingDictionary() -> Column {
        guard case .dictionary(let codes, let values) = storage else { return self }
        if values.count == 0 {
            return Column(
                type, count: count, validity: validity,
                storage: .bytes(offsets: Buffer(repeating: 0, count: count + 1), bytes: Buffer()))
        }
        return values.taking(codes).retyped(type).withValidity(validity)
    }

    /// How many bytes the column holds.
    public var byteCount: Int {
        let validityBytes = validity.map { $0.words.count * 8 } ?? 0
        let valueBytes =
            switch storage {
            case .none: 0
            case .bits(let bits): bits.words.count * 8
            case .int8(let values): values.count
            case .int16(let values): values.count * 2
            case .int32(let values): values.count * 4
            case .int64(let values): values.count * 8
            case .int128(let values): values.count * 16
            case .float(let values): values.count * 4
            case .double(let values): values.count * 8
            case .bytes(let offsets, _): offsets.count * 4 + Int(offsets[offsets.count - 1] - offsets[0])
            case .dictionary(let codes, let values): codes.count * 4 + values.byteCount
            case .fields(let columns): columns.reduce(0) { $0 + $1.byteCount }
            case .list(let offsets, let element): offsets.count * 4 + element.byteCount
            case .map(let offsets, let keys, let values): offsets.count * 4 + keys.byteCount + values.byteCount
            }
        return validityBytes + valueBytes
    }
}

extension Column.Storage {
    fileprivate static func concatenated(_ columns: [Column]) -> Column.Storage {
        switch columns[0].storage {
        case .none: return .none
        case .bits:
            var result = BitmapBuilder()
            for column in columns { if case .bits(let bits) = column.storage { result.append(contentsOf: bits) } }
            return .bits(result.finish())
        case .int8: return .int8(join(columns) { if case .int8(let values) = $0 { values } else { nil } })
        case .int16: return .int16(join(columns) { if case .int16(let values) = $0 { values } else { nil } })
        case .int32: return .int32(join(columns) { if case .int32(let values) = $0 { values } else { nil } })
        case .int64: return .int64(join(columns) { if case .int64(let values) = $0 { values } else { nil } })
        case .int128: return .int128(join(columns) { if case .int128(let values) = $0 { values } else { nil } })
        case .float: return .float(join(columns) { if case .float(let values) = $0 { values } else { nil } })
        case .double: return .double(join(columns) { if case .double(let values) = $0 { values } else { nil } })
        case .bytes, .dictionary:
            return concatenatedBytes(columns.map { $0.expandingDictionary() })
        case .fields(let first):
            let fields = first.indices.map { index in
                Column.concatenated(
                    columns.compactMap { if case .fields(let all) = $0.storage { all[index] } else { nil } })
            }
            return .fields(fields)
        case .list:
            var parts: [Column] = []
            let offsets = joinOffsets(columns) { storage, keep in
                guard case .list(let offsets, let element) = storage else { return nil }
                parts.append(element.slice(keep(offsets)))
                return offsets
            }
            return .list(offsets: offsets, element: Column.concatenated(parts))
        case .map:
            var keyParts: [Column] = []
            var valueParts: [Column] = []
            let offsets = joinOffsets(columns) { storage, keep in
                guard case .map(let offsets, let keys, let values) = storage else { return nil }
                keyParts.append(keys.slice(keep(offsets)))
                valueParts.append(values.slice(keep(offsets)))
                return offsets
            }
            return .map(
                offsets: offsets, keys: Column.concatenated(keyParts), values: Column.concatenated(valueParts))
        }
    }

    private static func join<Element>(
        _ columns: [Column], _ select: (Column.Storage) -> Buffer<Element>?
    ) -> Buffer<Element> {
        var result = BufferBuilder<Element>(capacity: columns.reduce(0) { $0 + $1.count })
        for column in columns { if let values = select(column.storage) { result.append(contentsOf: values) } }
        return result.finish()
    }

    private static func concatenatedBytes(_ columns: [Column]) -> Column.Storage {
        var bytes = BufferBuilder<UInt8>()
        let offsets = joinOffsets(columns) { storage, keep in
            guard case .bytes(let offsets, let source) = storage else { return nil }
            bytes.append(contentsOf: source.slice(keep(offsets)))
            return offsets
        }
        return .bytes(offsets: offsets, bytes: bytes.finish())
    }

    /// Joins offsets of several columns, each rebased to where the one before ended.
    private static func joinOffsets(
        _ columns: [Column],
        _ visit: (Column.Storage, (Buffer<Int32>) -> Range<Int>) -> Buffer<Int32>?
    ) -> Buffer<Int32> {
        var result = BufferBuilder<Int32>(capacity: columns.reduce(1) { $0 + $1.count })
        result.append(0)
        var total: Int32 = 0
        for column in columns {
            let visited = visit(column.storage) { Int($0[0])..<Int($0[$0.count - 1]) }
            guard let visited else { continue }
            let offsets = visited.span
            let shift = total - offsets[0]
            for row in 1..<offsets.count { result.append(offsets[row] + shift) }
            total = offsets[offsets.count - 1] + shift
        }
        return result.finish()
    }
}
