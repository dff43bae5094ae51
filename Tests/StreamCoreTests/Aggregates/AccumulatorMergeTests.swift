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
        let column = accumulator.results(of: Buffer(counting: 0..<Int32(groupCount)), errors: &errors)
        return (0..<groupCount).map { column.value(at: $0) }
    }

    @Test("groups taken from another accumulator are those that came by way of its states", arguments: calls)
    private func merged(_ call: Call) {
        let all = Buffer(counting: 0..<Int32(Self.groupCount))
        for seed in UInt64(0)..<12 {
            let rows = [0, 10, 60, 400][Int(seed % 4)]
            let from = Buffer((0..<Int32(Self.groupCount)).filter { $0 % 3 != 1 }.reversed())
            let to = Elementwise.map(from) { ($0 + 7) % Int32(Self.groupCount) }
            for pairs in [GroupPairs.same(count: Self.groupCount), .some(from: from, to: to)] {
                var random = SeededNumbers(seed: seed)
                let (direct, byStates) = (Self.filled(call, rows: 50, &random), Self.filled(call, rows: 0, &random))
                byStates.merge(direct.states(of: all), groups: all, sequence: 1)
                let other = Self.filled(call, rows: rows, &random)
                direct.merge(other, groups: pairs, sequence: 1)
                if case .some = pairs {
                    byStates.merge(other.states(of: from), groups: to, sequence: 1)
                } else {
                    byStates.merge(other.states(of: all), groups: all, sequence: 1)
                }
                #expect(Self.results(direct) == Self.results(byStates))
            }
        }
    }

    @Test("an accumulator without groups that takes all of another is its copy", arguments: calls)
    private func copied(_ call: Call) {
        var random = SeededNumbers(seed: 3)
        let (other, copy) = (Self.filled(call, rows: 60, &random), call.definition.makeAccumulator())
        copy.merge(other, groups: .same(count: Self.groupCount), sequence: 1)
        let before = Self.results(copy)
        #expect(before == Self.results(other))
        other.merge(Self.filled(call, rows: 60, &random), groups: .same(count: Self.groupCount), sequence: 1)
        #expect(Self.results(copy) == before)
    }
}
