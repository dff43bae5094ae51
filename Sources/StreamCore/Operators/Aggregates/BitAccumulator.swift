// SPDX-License-Identifier: Apache-2.0
import Columnar

/// AND, OR or XOR of integers or booleans. State: `value`.
final class BitAccumulator: Accumulator {
    enum Operation: Sendable { case and, or, xor }

    private let operation: Operation
    private let type: DataType
    private var words = BufferBuilder<Int64>()
    private var seen = BufferBuilder<UInt8>()

    init(_ operation: Operation, _ type: DataType) {
        self.operation = operation
        self.type = type
    }

    func grow(to count: Int) {
        words.grow(to: count, with: operation == .and ? -1 : 0)
        seen.grow(to: count, with: 0)
    }

    func update(_ input: AccumulatorInput) { take(input.arguments[0], input.groups) }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        guard let validity = states[0].validity else { return take(states[0], groups) }
        let rows = validity.setIndices
        take(states[0].taking(rows).withValidity(nil), groups.taking(rows))
    }

    private func take(_ column: Column, _ groups: Buffer<Int32>) {
        let values = NumberColumns.integers(column)
        switch operation {
        case .and: Self.combine(values, groups, &words, &seen) { $0 & $1 }
        case .or: Self.combine(values, groups, &words, &seen) { $0 | $1 }
        case .xor: Self.combine(values, groups, &words, &seen) { $0 ^ $1 }
        }
    }

    @inline(__always)
    private static func combine(
        _ values: Buffer<Int64>, _ groups: Buffer<Int32>, _ words: inout BufferBuilder<Int64>,
        _ seen: inout BufferBuilder<UInt8>, _ operation: (Int64, Int64) -> Int64
    ) {
        let (numbers, source) = (groups.span, values.span)
        var totals = words.mutableSpan
        var flags = seen.mutableSpan
        for row in numbers.indices {
            let group = Int(numbers[row])
            totals[group] = operation(totals[group], source[row])
            flags[group] = 1
        }
    }

    func states(of groups: Buffer<Int32>) -> [Column] { [column(groups)] }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column { column(groups) }

    private func column(_ groups: Buffer<Int32>) -> Column {
        NumberColumns.column(
            type, integers: words.taking(groups), validity: ExtremeKernels.validity(seen.taking(groups)))
    }

    var byteCount: Int { words.count * 9 }
}
