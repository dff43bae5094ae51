// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The least or greatest of values that compare as words: numbers up to 64 bits, dates, times, booleans. State: `value`.
final class ExtremeAccumulator: Accumulator {
    private let type: DataType
    private let isMaximum: Bool
    private var words = BufferBuilder<Int64>()
    private var seen = BufferBuilder<UInt8>()

    init(_ type: DataType, isMaximum: Bool) {
        self.type = type
        self.isMaximum = isMaximum
    }

    func reserve(_ count: Int) {
        words.reserve(count)
        seen.reserve(count)
    }

    func grow(to count: Int) {
        words.grow(to: count, with: isMaximum ? .min : .max)
        seen.grow(to: count, with: 0)
    }

    func update(_ input: AccumulatorInput) { take(input.arguments[0], input.groups) }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        guard let validity = states[0].validity else { return take(states[0], groups) }
        let rows = validity.setIndices
        take(states[0].taking(rows).withValidity(nil), groups.taking(rows))
    }

    func merge(_ other: any Accumulator, groups: GroupPairs, sequence: Int64) {
        guard let other = other as? ExtremeAccumulator else { preconditionFailure("another aggregate") }
        ExtremeKernels.merge(other.words, other.seen, groups, isMaximum: isMaximum, &words, &seen)
    }

    private func take(_ column: Column, _ groups: Buffer<Int32>) {
        if case .double(let values) = column.storage {
            ExtremeKernels.take(values, groups, isMaximum: isMaximum, &words, &seen, NumberColumns.orderWord)
        } else {
            let values = NumberColumns.orderWords(column)
            ExtremeKernels.take(values, groups, isMaximum: isMaximum, &words, &seen) { $0 }
        }
    }

    func states(of groups: Buffer<Int32>) -> [Column] { [column(groups)] }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column { column(groups) }

    private func column(_ groups: Buffer<Int32>) -> Column {
        NumberColumns.column(
            type, orderWords: words, of: groups, validity: ExtremeKernels.validity(seen.taking(groups)))
    }

    var byteCount: Int { words.count * 9 }
}

/// The least or greatest DECIMAL. State: `value`.
final class DecimalExtremeAccumulator: Accumulator {
    private let type: DataType
    private let isMaximum: Bool
    private var numbers = BufferBuilder<Int128>()
    private var seen = BufferBuilder<UInt8>()

    init(_ type: DataType, isMaximum: Bool) {
        self.type = type
        self.isMaximum = isMaximum
    }

    func reserve(_ count: Int) {
        numbers.reserve(count)
        seen.reserve(count)
    }

    func grow(to count: Int) {
        numbers.grow(to: count, with: isMaximum ? .min : .max)
        seen.grow(to: count, with: 0)
    }

    func update(_ input: AccumulatorInput) { take(input.arguments[0], input.groups) }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        guard let validity = states[0].validity else { return take(states[0], groups) }
        let rows = validity.setIndices
        take(states[0].taking(rows).withValidity(nil), groups.taking(rows))
    }

    func merge(_ other: any Accumulator, groups: GroupPairs, sequence: Int64) {
        guard let other = other as? DecimalExtremeAccumulator else { preconditionFailure("another aggregate") }
        ExtremeKernels.merge(other.numbers, other.seen, groups, isMaximum: isMaximum, &numbers, &seen)
    }

    private func take(_ column: Column, _ groups: Buffer<Int32>) {
        ExtremeKernels.take(column.elements(Int128.self), groups, isMaximum: isMaximum, &numbers, &seen) { $0 }
    }

    func states(of groups: Buffer<Int32>) -> [Column] { [column(groups)] }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column { column(groups) }

    private func column(_ groups: Buffer<Int32>) -> Column {
        Column(type, numbers.taking(groups), validity: ExtremeKernels.validity(seen.taking(groups)))
    }

    var byteCount: Int { numbers.count * 17 }
}

/// Loops that keep the least or greatest value per group.
enum ExtremeKernels {
    /// Takes values into their groups, as numbers that compare like them.
    @inline(__always)
    static func take<Value: BitwiseCopyable & Sendable, Number: Comparable & BitwiseCopyable & Sendable>(
        _ values: Buffer<Value>, _ groups: Buffer<Int32>, isMaximum: Bool, _ best: inout BufferBuilder<Number>,
        _ seen: inout BufferBuilder<UInt8>, _ number: (Value) -> Number
    ) {
        if isMaximum {
            take(values, groups, &best, &seen, number) { $1 > $0 ? $1 : $0 }
        } else {
            take(values, groups, &best, &seen, number) { $1 < $0 ? $1 : $0 }
        }
    }

    @inline(__always)
    private static func take<Value: BitwiseCopyable & Sendable, Number: Comparable & BitwiseCopyable & Sendable>(
        _ values: Buffer<Value>, _ groups: Buffer<Int32>, _ best: inout BufferBuilder<Number>,
        _ seen: inout BufferBuilder<UInt8>, _ number: (Value) -> Number, _ choose: (Number, Number) -> Number
    ) {
        let (numbers, source) = (groups.span, values.span)
        var found = best.mutableSpan
        var flags = seen.mutableSpan
        for row in numbers.indices {
            let group = Int(numbers[row])
            // Written each time, since whether a value is better is a branch that nobody can foresee.
            found[group] = choose(found[group], number(source[row]))
            flags[group] = 1
        }
    }

    /// Takes the values of some groups into the same groups; a group that has none holds the worst value there is.
    static func merge<Number: Comparable & BitwiseCopyable & Sendable>(
        _ others: borrowing BufferBuilder<Number>, _ otherSeen: borrowing BufferBuilder<UInt8>,
        _ groups: GroupPairs, isMaximum: Bool, _ best: inout BufferBuilder<Number>,
        _ seen: inout BufferBuilder<UInt8>
    ) {
        if isMaximum {
            best.combine(others, groups) { $1 > $0 ? $1 : $0 }
        } else {
            best.combine(others, groups) { $1 < $0 ? $1 : $0 }
        }
        seen.combine(otherSeen, groups) { $0 | $1 }
    }

    static func validity(_ seen: Buffer<UInt8>) -> Bitmap? {
        let bits = Elementwise.test(seen) { $0 != 0 }
        return bits.allSet ? nil : bits
    }
}
