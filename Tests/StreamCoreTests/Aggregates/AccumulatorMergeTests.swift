// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamTesting
import Testing

@testable import StreamCore

struct AccumulatorMergeTests {
    private static let groupCount = 40

    private struct Call: CustomTestStringConvertible, Sendable {
        let function: AggregateFunction
        let type: DataType
        var testDescription: String { "\(function) \(type)" }

        var definition: AggregateDefinition {
            let argument = Expression(.column(0), type: type, nullable: true)
            return AggregateDefinition(
                AggregateCall(name: "x", function: function, arguments: [argument], type: type, nullable: true),
                name: "x")
        }
    }

    private static let calls: [Call] = [
        Call(function: .count, type: .bigint), Call(function: .sum, type: .bigint), Call(function: .sum, type: .double),
        Call(function: .average, type: .double), Call(function: .minimum, type: .double),
        Call(function: .maximum, type: .bigint), Call(function: .maximum, type: .decimal(precision: 38, scale: 2)),
        Call(function: .minimum, type: .decimal(precision: 20, scale: 2)), Call(function: .maximum, type: .string),
    ]

    private static func value(_ type: DataType, _ random: inout SeededNumbers) -> Value {
        let number = Int.random(in: -1_000_000...1_000_000, using: &random)
        return switch type {
        case .bigint: .bigint(Int64(number))
        case .double: .double(Double(number) / 7)
        case .string: .string("\(number)")
        default: .decimal(Int128(number) << 40, scale: 2)
        }
    }

    /// An accumulator with some rows; groups may be without.
    private static func filled(_ call: Call, rows: Int, _ random: inout SeededNumbers) -> any Accumulator {
        let accumulator = call.definition.makeAccumulator()
        accumulator.grow(to: groupCount)
        let groups = (0..<rows).map { _ in Int32.random(in: 0..<Int32(groupCount), using: &random) }
        let values = groups.map { _ in value(call.type, &random) }
        accumulator.update(
            AccumulatorInput(
                groups: Buffer(groups), arguments: [Column(call.type, values)], firstOrder: 0, positions: nil))
        return accumulator
    }

    private static func results(_ accumulator: any Accumulator) -> [Value] {
        var errors = RowErrors()
        let column = accumulator.results(of: Pane.numbers(groupCount), errors: &errors)
        return (0..<groupCount).map { column.value(at: $0) }
    }

    @Test("groups taken from another accumulator are those that came by way of its states", arguments: calls)
    private func merged(_ call: Call) {
        for seed in UInt64(0)..<12 {
            let rows = [0, 10, 60, 400][Int(seed % 4)]
            let some = Buffer((0..<Int32(Self.groupCount)).filter { $0 % 3 != 1 }.reversed())
            for selection in [GroupSelection.all(count: Self.groupCount), .some(some), .some(Buffer([]))] {
                var random = SeededNumbers(seed: seed)
                let (direct, byStates) = (Self.filled(call, rows: 50, &random), Self.filled(call, rows: 0, &random))
                let own = Pane.numbers(Self.groupCount)
                byStates.merge(direct.states(of: own), groups: own, sequence: 1)
                let other = Self.filled(call, rows: rows, &random)
                direct.merge(other, groups: selection, sequence: 1)
                byStates.merge(other.states(of: selection.numbers), groups: selection.numbers, sequence: 1)
                #expect(Self.results(direct) == Self.results(byStates))
            }
        }
    }
}
