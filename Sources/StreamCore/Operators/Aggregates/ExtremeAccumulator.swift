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
        let values = NumberColumns.orderWords(column)
        if isMaximum {
            ExtremeKernels.greatest(values, groups, &words, &seen)
        } else {
            ExtremeKernels.least(values, groups, &words, &seen)
        }
    }

    func states(of groups: Buffer<Int32>) -> [Column] { [column(groups)] }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column { column(groups) }

    private func column(_ groups: Buffer<Int32>) -> Column {
        NumberColumns.column(
            type, orderWords: words.taking(groups), validity: ExtremeKernels.validity(seen.taking(groups)))
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
        let values = column.elements(Int128.self)
        if isMaximum {
            ExtremeKernels.greatest(values, groups, &numbers, &seen)
        } else {
            ExtremeKernels.least(values, groups, &numbers, &seen)
        }
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
    static func greatest<Number: Comparable & BitwiseCopyable & Sendable>(
        _ values: Buffer<Number>, _ groups: Buffer<Int32>, _ best: inout BufferBuilder<Number>,
        _ seen: inout BufferBuilder<UInt8>
    ) {
        let (numbers, source) = (groups.span, values.span)
        var found = best.mutableSpan
        var flags = seen.mutableSpan
        for row in numbers.indices {
            let group = Int(numbers[row])
            let value = source[row]
            if value > found[group] { found[group] = value }
            flags[group] = 1
        }
    }

    static func least<Number: Comparable & BitwiseCopyable & Sendable>(
        _ values: Buffer<Number>, _ groups: Buffer<Int32>, _ best: inout BufferBuilder<Number>,
        _ seen: inout BufferBuilder<UInt8>
    ) {
        let (numbers, source) = (groups.span, values.span)
        var found = best.mutableSpan
        var flags = seen.mutableSpan
        for row in numbers.indices {
            let group = Int(numbers[row])
            let value = source[row]
            if value < found[group] { found[group] = value }
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
