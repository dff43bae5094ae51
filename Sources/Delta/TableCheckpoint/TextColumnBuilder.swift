// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Appends texts that may be NULL, without a value for each.
struct TextColumnBuilder: ~Copyable {
    private var offsets = BufferBuilder<Int32>()
    private var bytes = BufferBuilder<UInt8>()
    private var validity = BitmapBuilder()

    init() { offsets.append(0) }

    /// How many texts there are.
    var count: Int { validity.count }

    mutating func append(_ text: String?) {
        validity.append(text != nil)
        if let text { bytes.append(contentsOf: text.utf8.span) }
        offsets.append(Int32(bytes.count))
    }

    consuming func finish() -> Column {
        let count = validity.count
        return Column(
            .string, count: count, validity: validity.finishValidity(),
            storage: .bytes(offsets: offsets.finish(), bytes: bytes.finish()))
    }
}

/// Appends numbers that may be NULL.
struct NumberColumnBuilder: ~Copyable {
    private var numbers = BufferBuilder<Int64>()
    private var validity = BitmapBuilder()

    init() {}

    mutating func append(_ number: Int64?) {
        validity.append(number != nil)
        numbers.append(number ?? 0)
    }

    consuming func finish() -> Column {
        let count = validity.count
        return Column(
            .bigint, count: count, validity: validity.finishValidity(), storage: .int64(numbers.finish()))
    }
}

/// Appends maps of texts, with sorted keys; a map may be NULL.
struct TextMapColumnBuilder: ~Copyable {
    private var offsets = BufferBuilder<Int32>()
    private var keys = TextColumnBuilder()
    private var values = TextColumnBuilder()
    private var validity = BitmapBuilder()

    init() { offsets.append(0) }

    mutating func append(_ map: [String: String?]?) {
        validity.append(map != nil)
        if let map {
            for (key, value) in map.count > 1 ? map.sorted(by: { $0.key < $1.key }) : Array(map) {
                keys.append(key)
                values.append(value)
            }
        }
        offsets.append(Int32(keys.count))
    }

    consuming func finish() -> Column {
        let count = validity.count
        return Column(
            .map(key: .string, value: .string, valueContainsNull: true), count: count,
            validity: validity.finishValidity(),
            storage: .map(offsets: offsets.finish(), keys: keys.finish(), values: values.finish()))
    }
}
