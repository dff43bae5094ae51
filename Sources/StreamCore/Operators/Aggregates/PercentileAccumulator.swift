// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Percentiles from the distinct values of a group and how often each came. State: `values`, `counts`.
///
/// Exact, for `percentile` and for `approx_percentile` alike: a sketch whose answer does not depend on how rows were split would be
/// no smaller than this for the numbers of distinct values that streams have per group. Memory: each distinct value once.
final class PercentileAccumulator: Accumulator {
    static func state(_ type: DataType) -> [Field] {
        [
            Field("values", .array(element: type, containsNull: false), nullable: false),
            Field("counts", .array(element: .bigint, containsNull: false), nullable: false),
        ]
    }

    private let call: AggregateCall
    private let type: DataType
    private let fractions: [Double]
    private let isArray: Bool
    /// Whether values between two of the group's are given (`percentile`), or only the group's own.
    private let interpolates: Bool
    private let encoder: KeyEncoder
    private let decoder: KeyDecoder
    private var links = EntryLinks()
    private var table = KeyTable(hasLanes: true)
    private var counts = BufferBuilder<Int64>()

    init(_ call: AggregateCall, _ type: DataType, _ fractions: [Double], isArray: Bool, interpolates: Bool) {
        self.call = call
        self.type = type
        self.fractions = fractions
        self.isArray = isArray
        self.interpolates = interpolates
        encoder = KeyEncoder([type])
        decoder = KeyDecoder([type])
    }

    func grow(to count: Int) { links.grow(to: count) }

    func update(_ input: AccumulatorInput) {
        let frequencies =
            interpolates && input.arguments.count > 1
            ? NumberColumns.integers(input.arguments[1]) : Buffer(repeating: 1, count: input.groups.count)
        take(input.arguments[0], frequencies, input.groups)
    }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        let (entryGroups, values) = EntryGroups.flatten(states[0], groups)
        take(values, EntryGroups.flatten(states[1], groups).element.elements(), entryGroups)
    }

    private func take(_ column: Column, _ frequencies: Buffer<Int64>, _ groups: Buffer<Int32>) {
        let ids = table.ids(
            for: encoder.encode([column], rowCount: groups.count), lanes: Elementwise.map(groups) { Int64($0) })
        links.append(newAmong: ids, groups: groups)
        counts.grow(to: table.count, with: 0)
        CountAccumulator.add(frequencies, ids, to: &counts)
    }

    private func values(_ entries: Buffer<Int32>) -> Column {
        do {
            return try decoder.decode(table.keys(entries).column)[0]
        } catch {
            preconditionFailure("a table holds what its encoder made")
        }
    }

    func states(of wanted: Buffer<Int32>) -> [Column] {
        let found = links.entries(of: wanted)
        let fields = Self.state(type)
        return [
            found.list(fields[0].type, of: values(found.entries)),
            found.list(fields[1].type, of: Column(.bigint, counts.taking(found.entries))),
        ]
    }

    func results(of wanted: Buffer<Int32>, errors: inout RowErrors) -> Column {
        let found = links.entries(of: wanted)
        let column = values(found.entries)
        let frequencies = counts.taking(found.entries)
        let numbers = interpolates ? NumberColumns.doubles(column) : Buffer()
        var results = BufferBuilder<Double>()
        var picks = BufferBuilder<Int32>()
        var validity = BitmapBuilder(capacity: wanted.count)
        for row in 0..<wanted.count {
            var ranked = (Int(found.offsets[row])..<Int(found.offsets[row + 1])).filter { frequencies[$0] > 0 }
            ranked.sort { RowOrder.compare(column, $0, column, $1) < 0 }
            if frequencies.count > 0,
                (Int(found.offsets[row])..<Int(found.offsets[row + 1])).contains(where: { frequencies[$0] < 0 })
            {
                errors.add(row: row, .invalidFunctionArgument, "a frequency of a percentile is negative")
            }
            let total = ranked.reduce(Int64(0)) { $0 + frequencies[$1] }
            validity.append(total > 0)
            for fraction in fractions {
                if interpolates {
                    results.append(
                        total == 0 ? 0 : Self.interpolate(ranked, frequencies, numbers, Double(total - 1) * fraction))
                } else if total > 0 {
                    let rank = max(1, Int64((fraction * Double(total)).rounded(.up)))
                    picks.append(Int32(Self.entry(ranked, frequencies, at: rank - 1)))
                } else {
                    picks.append(0)
                }
            }
        }
        if !interpolates && column.count == 0 { return Column(nulls: call.type, count: wanted.count) }
        let flat = interpolates ? Column(.double, results.finish()) : column.taking(picks.finish())
        return shaped(flat, count: wanted.count, validity: validity.finishValidity())
    }

    private func shaped(_ flat: Column, count: Int, validity: Bitmap?) -> Column {
        guard isArray else { return flat.retyped(call.type).withValidity(validity) }
        let width = fractions.count
        let offsets = Buffer((0...count).map { Int32($0 * width) })
        return Column(call.type, count: count, validity: validity, storage: .list(offsets: offsets, element: flat))
    }

    /// The entry in which the value of a rank (from 0) stands.
    private static func entry(_ ranked: [Int], _ frequencies: Buffer<Int64>, at rank: Int64) -> Int {
        var passed: Int64 = 0
        for entry in ranked {
            passed += frequencies[entry]
            if rank < passed { return entry }
        }
        return ranked[ranked.count - 1]
    }

    private static func interpolate(
        _ ranked: [Int], _ frequencies: Buffer<Int64>, _ numbers: Buffer<Double>, _ position: Double
    ) -> Double {
        let (lower, higher) = (position.rounded(.down), position.rounded(.up))
        let low = numbers[entry(ranked, frequencies, at: Int64(lower))]
        if lower == higher { return low }
        let high = numbers[entry(ranked, frequencies, at: Int64(higher))]
        return low == high ? low : (higher - position) * low + (position - lower) * high
    }

    var byteCount: Int { table.byteCount + counts.count * 8 + links.byteCount }
}
