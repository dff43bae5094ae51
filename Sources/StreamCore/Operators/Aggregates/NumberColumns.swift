// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Columns of many types as one type that kernels compute with.
enum NumberColumns {
    /// Integers, dates, times, durations and booleans as 64-bit words.
    static func integers(_ column: Column) -> Buffer<Int64> {
        switch column.storage {
        case .int8(let values): Elementwise.map(values) { Int64($0) }
        case .int16(let values): Elementwise.map(values) { Int64($0) }
        case .int32(let values): Elementwise.map(values) { Int64($0) }
        case .int64(let values): values
        case .bits(let bits): integers(bits)
        default: Buffer(repeating: 0, count: column.count)
        }
    }

    private static func integers(_ bits: Bitmap) -> Buffer<Int64> {
        let words = bits.words.span
        var result = BufferBuilder<Int64>(capacity: bits.count)
        for row in 0..<bits.count { result.append(Int64(words[row >> 6] >> UInt64(row & 63) & 1)) }
        return result.finish()
    }

    /// Numbers of any type as DOUBLE.
    static func doubles(_ column: Column) -> Buffer<Double> {
        switch column.storage {
        case .double(let values): return values
        case .float(let values): return Elementwise.map(values) { Double($0) }
        case .int128(let values):
            guard case .decimal(_, let scale) = column.type else { return Elementwise.map(values) { Double($0) } }
            return Elementwise.map(values) { Cast.double($0, scale: scale) }
        default: return Elementwise.map(integers(column)) { Double($0) }
        }
    }

    /// Whether values of a type are compared as the words that `orderWords` makes.
    static func hasOrderWords(_ type: DataType) -> Bool {
        switch type {
        case .boolean, .tinyint, .smallint, .int, .bigint, .float, .double, .date, .timestamp, .timestampNTZ,
            .dayTimeInterval, .yearMonthInterval:
            true
        default: false
        }
    }

    /// Words that compare like the values: NaN is the largest number, and -0.0 comes before 0.0.
    static func orderWords(_ column: Column) -> Buffer<Int64> {
        switch column.storage {
        case .double(let values): Elementwise.map(values) { orderWord($0) }
        case .float(let values): Elementwise.map(values) { orderWord(Double($0)) }
        default: integers(column)
        }
    }

    @inline(__always)
    static func orderWord(_ number: Double) -> Int64 {
        if number.isNaN { return .max }
        let bits = Int64(bitPattern: number.bitPattern)
        return bits < 0 ? bits ^ .max : bits
    }

    /// Order words of some groups back as a column of their type.
    static func column(
        _ type: DataType, orderWords words: borrowing BufferBuilder<Int64>, of groups: Buffer<Int32>, validity: Bitmap?
    ) -> Column {
        switch type {
        case .double: return Column(type, words.taking(groups) { double($0) }, validity: validity)
        case .float: return Column(type, words.taking(groups) { Float(double($0)) }, validity: validity)
        default: return column(type, integers: words.taking(groups), validity: validity)
        }
    }

    @inline(__always)
    private static func double(_ word: Int64) -> Double {
        if word == .max { return .nan }
        return Double(bitPattern: UInt64(bitPattern: word < 0 ? word ^ .max : word))
    }

    /// Words back as a column of an integer type, a date, a time, a duration or BOOLEAN; they must fit.
    static func column(_ type: DataType, integers words: Buffer<Int64>, validity: Bitmap?) -> Column {
        switch type {
        case .boolean:
            Column(
                type, count: words.count, validity: validity, storage: .bits(Elementwise.test(words) { $0 != 0 }))
        case .tinyint: Column(type, Elementwise.map(words) { Int8(truncatingIfNeeded: $0) }, validity: validity)
        case .smallint: Column(type, Elementwise.map(words) { Int16(truncatingIfNeeded: $0) }, validity: validity)
        case .int, .date, .yearMonthInterval:
            Column(type, Elementwise.map(words) { Int32(truncatingIfNeeded: $0) }, validity: validity)
        default: Column(type, words, validity: validity)
        }
    }
}
