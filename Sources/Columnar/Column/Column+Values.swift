// SPDX-License-Identifier: Apache-2.0

extension Column {
    /// One row as a value. Slow; for tests, messages, literals and partition values.
    public func value(at row: Int) -> Value {
        precondition(row >= 0 && row < count)
        if isNull(row) { return .null }
        switch storage {
        case .none: return .null
        case .bits(let bits): return .boolean(bits[row])
        case .int8(let values): return .tinyint(values[row])
        case .int16(let values): return .smallint(values[row])
        case .int32(let values): return value(of: values[row])
        case .int64(let values): return value(of: values[row])
        case .int128(let values):
            guard case .decimal(_, let scale) = type else { preconditionFailure("Int128 memory is for DECIMAL") }
            return .decimal(values[row], scale: scale)
        case .float(let values): return .float(values[row])
        case .double(let values): return .double(values[row])
        case .bytes(let offsets, let bytes):
            return value(of: bytes.slice(Int(offsets[row])..<Int(offsets[row + 1])))
        case .dictionary(let codes, let values): return values.retyped(type).value(at: Int(codes[row]))
        case .fields(let columns): return .structure(columns.map { $0.value(at: row) })
        case .list(let offsets, let element):
            return .array((offsets[row]..<offsets[row + 1]).map { element.value(at: Int($0)) })
        case .map(let offsets, let keys, let values):
            return .map(
                (offsets[row]..<offsets[row + 1]).map {
                    Value.MapEntry(keys.value(at: Int($0)), values.value(at: Int($0)))
                })
        }
    }

    private func value(of number: Int32) -> Value {
        switch type {
        case .date: .date(number)
        case .yearMonthInterval: .yearMonthInterval(number)
        default: .int(number)
        }
    }

    private func value(of number: Int64) -> Value {
        switch type {
        case .timestamp: .timestamp(number)
        case .timestampNTZ: .timestampNTZ(number)
        case .dayTimeInterval: .dayTimeInterval(number)
        default: .bigint(number)
        }
    }

    private func value(of bytes: Buffer<UInt8>) -> Value {
        type == .binary ? .binary(bytes.array) : .string(bytes.text)
    }

    /// All rows as values; for tests.
    public var values: [Value] { (0..<count).map { value(at: $0) } }

    /// A column of values; each must be `.null` or of the type. Slow; for literals, partition values and tests.
    public init(_ type: DataType, _ values: [Value]) {
        var validity = BitmapBuilder(capacity: values.count)
        for value in values { validity.append(value != .null) }
        self.init(type, count: values.count, validity: validity.finishValidity(), storage: Storage(type, values))
    }

    /// `count` rows of one value. Numbers take one word a row; strings are a dictionary of one.
    public init(_ type: DataType, repeating value: Value, count: Int) {
        let one = Column(type, [value])
        if case .bytes = one.storage, value != .null {
            self.init(
                type, count: count, validity: nil,
                storage: .dictionary(codes: Buffer(repeating: 0, count: count), values: one))
        } else {
            self = one.taking(Buffer(repeating: 0, count: count))
        }
    }
}

extension Column.Storage {
    init(_ type: DataType, _ values: [Value]) {
        switch type {
        case .void: self = .none
        case .boolean: self = .bits(Bitmap(values.map { if case .boolean(let bit) = $0 { bit } else { false } }))
        case .tinyint: self = .int8(Buffer(values.map { if case .tinyint(let number) = $0 { number } else { 0 } }))
        case .smallint: self = .int16(Buffer(values.map { if case .smallint(let number) = $0 { number } else { 0 } }))
        case .int, .date, .yearMonthInterval: self = .int32(Buffer(values.map(Self.int32)))
        case .bigint, .timestamp, .timestampNTZ, .dayTimeInterval: self = .int64(Buffer(values.map(Self.int64)))
        case .float: self = .float(Buffer(values.map { if case .float(let number) = $0 { number } else { 0 } }))
        case .double: self = .double(Buffer(values.map { if case .double(let number) = $0 { number } else { 0 } }))
        case .decimal: self = .int128(Buffer(values.map { if case .decimal(let number, _) = $0 { number } else { 0 } }))
        case .string, .binary:
            let texts = values.map(Self.bytes)
            self = .bytes(offsets: Self.offsets(texts.map(\.count)), bytes: Buffer(texts.flatMap { $0 }))
        case .structure(let fields):
            let rows = values.map { value -> [Value] in
                if case .structure(let members) = value { members } else { fields.map { _ in .null } }
            }
            self = .fields(fields.indices.map { index in Column(fields[index].type, rows.map { $0[index] }) })
        case .array(let element, _):
            let rows = values.map { value -> [Value] in if case .array(let members) = value { members } else { [] } }
            self = .list(offsets: Self.offsets(rows.map(\.count)), element: Column(element, rows.flatMap { $0 }))
        case .map(let key, let item, _):
            let rows = values.map { value -> [Value.MapEntry] in
                if case .map(let entries) = value { entries } else { [] }
            }
            let entries = rows.flatMap { $0 }
            self = .map(
                offsets: Self.offsets(rows.map(\.count)), keys: Column(key, entries.map(\.key)),
                values: Column(item, entries.map(\.value)))
        }
    }

    private static func int32(_ value: Value) -> Int32 {
        switch value {
        case .int(let number), .date(let number), .yearMonthInterval(let number): number
        default: 0
        }
    }

    private static func int64(_ value: Value) -> Int64 {
        switch value {
        case .bigint(let number), .timestamp(let number), .timestampNTZ(let number), .dayTimeInterval(let number):
            number
        default: 0
        }
    }

    private static func bytes(_ value: Value) -> [UInt8] {
        switch value {
        case .string(let text): Array(text.utf8)
        case .binary(let bytes): bytes
        default: []
        }
    }

    private static func offsets(_ lengths: [Int]) -> Buffer<Int32> {
        var offsets: [Int32] = [0]
        for length in lengths { offsets.append(offsets[offsets.count - 1] + Int32(length)) }
        return Buffer(offsets)
    }
}
