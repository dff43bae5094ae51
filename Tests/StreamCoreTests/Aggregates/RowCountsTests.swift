// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamTesting
import Testing

@testable import StreamCore

/// Aggregates that share counts give what they give alone, whatever makes their rows differ, and whenever.
struct RowCountsTests {
    private static let groupCount = 9

    private static let definitions: [AggregateDefinition] = [
        (AggregateFunction.count, DataType.bigint, 0), (.sum, .bigint, 1), (.average, .double, 1), (.sum, .double, 1),
        (.sum, .decimal(precision: 30, scale: 2), 1), (.maximum, .bigint, 1),
    ].enumerated().map { place, call in
        let arguments = (0..<call.2).map { _ in Expression(.column(0), type: call.1, nullable: true) }
        return AggregateDefinition(
            AggregateCall(name: "\(place)", function: call.0, arguments: arguments, type: call.1, nullable: true),
            name: "\(place)")
    }

    private static func value(_ type: DataType, _ random: inout SeededNumbers) -> Value {
        let number = Int.random(in: -1_000...1_000, using: &random)
        return switch type {
        case .bigint: .bigint(Int64(number))
        case .double: .double(Double(number))
        default: .decimal(Int128(number), scale: 2)
        }
    }

    /// A batch in which now and then an aggregate leaves rows out.
    private static func inputs(_ random: inout SeededNumbers) -> [AccumulatorInput] {
        let groups = (0..<Int.random(in: 0...20, using: &random)).map { _ in
            Int32.random(in: 0..<Int32(groupCount), using: &random)
        }
        return definitions.map { definition in
            let keepsAll = Int.random(in: 0..<8, using: &random) > 0
            let kept = (0..<Int32(groups.count)).filter { keepsAll || $0 % 3 != 0 }
            let type = definition.call.type
            let arguments =
                definition.readsArguments ? [Column(type, kept.map { _ in value(type, &random) })] : []
            return AccumulatorInput(
                groups: Buffer(kept.map { groups[Int($0)] }), arguments: arguments, firstOrder: 0,
                positions: keepsAll ? nil : Buffer(kept))
        }
    }

    private static func results(_ set: AccumulatorSet) -> [[Value]] {
        set.results(of: Buffer(counting: 0..<Int32(groupCount))).map { result in
            (0..<groupCount).map { result.column.value(at: $0) }
        }
    }

    private static func states(_ set: AccumulatorSet) -> [[Value]] {
        set.states(of: Buffer(counting: 0..<Int32(groupCount))).map { column in
            (0..<groupCount).map { column.value(at: $0) }
        }
    }

    @Test("sets give what their aggregates give alone", arguments: UInt64(0)..<60)
    func twin(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        let all = Buffer(counting: 0..<Int32(Self.groupCount))
        let (sets, alone) = (
            (0..<3).map { _ in AccumulatorSet(Self.definitions) },
            (0..<3).map { _ in Self.definitions.map { AccumulatorSet([$0]) } }
        )
        for set in sets + alone.flatMap({ $0 }) { set.grow(to: Self.groupCount) }
        for _ in 0..<12 {
            let one = Int.random(in: 0..<3, using: &random)
            let other = (one + Int.random(in: 1..<3, using: &random)) % 3
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                sets[one].merge(sets[other], groups: .same(count: Self.groupCount), sequence: 1)
                for (one, other) in zip(alone[one], alone[other]) {
                    one.merge(other, groups: .same(count: Self.groupCount), sequence: 1)
                }
            case 1:
                let pairs = GroupPairs.some(from: Buffer([1, 4, 8]), to: Buffer([2, 2, 0]))
                sets[one].merge(sets[other], groups: pairs, sequence: 1)
                for (one, other) in zip(alone[one], alone[other]) { one.merge(other, groups: pairs, sequence: 1) }
            case 2:
                sets[one].merge(sets[other].states(of: all), from: 0, groups: all, sequence: 1)
                for (one, other) in zip(alone[one], alone[other]) {
                    one.merge(other.states(of: all), from: 0, groups: all, sequence: 1)
                }
            default:
                let inputs = Self.inputs(&random)
                sets[one].update(inputs)
                for (member, input) in zip(alone[one], inputs) { member.update([input]) }
            }
            #expect(Self.results(sets[one]) == alone[one].flatMap { Self.results($0) })
            #expect(Self.states(sets[one]) == alone[one].flatMap { Self.states($0) })
        }
    }

    @Test("aggregates of the same rows share one column of counts")
    func shared() {
        let set = AccumulatorSet(Self.definitions)
        set.grow(to: Self.groupCount)
        var random = SeededNumbers(seed: 1)
        let groups = Buffer<Int32>([0, 1, 2])
        set.update(
            Self.definitions.map { definition in
                let type = definition.call.type
                let values = (0..<3).map { _ in Self.value(type, &random) }
                return AccumulatorInput(
                    groups: groups, arguments: definition.readsArguments ? [Column(type, values)] : [], firstOrder: 0,
                    positions: nil)
            })
        let states = set.states(of: groups)
        let counts = [0, 2, 5, 8, 11].map { states[$0].elements(Int64.self) }
        for other in counts { #expect(other.isIdentical(to: counts[0]) && other.array == [1, 1, 1]) }
    }
}
