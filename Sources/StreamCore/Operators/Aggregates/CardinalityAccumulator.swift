// SPDX-License-Identifier: Apache-2.0
import Columnar
import Glibc

/// Estimates how many distinct values there are. State: `registers`, one byte each, 2^p of them; p follows from the wanted relative
/// standard deviation as in Spark, and values are hashed by XXH64 with seed 42 as there, so registers agree.
///
/// Small numbers are counted by empty registers exactly as Spark does; for larger ones the estimate needs no correction tables, so it
/// may differ from Spark's within the deviation.
///
/// Heule et al., "HyperLogLog in Practice", EDBT 2013; Ertl, "New cardinality estimation algorithms for HyperLogLog sketches",
/// arXiv:1702.01284, algorithm 6.
final class CardinalityAccumulator: Accumulator {
    private let precision: Int
    private var registers = BufferBuilder<UInt8>()
    private var groupCount = 0

    init(relativeStandardDeviation: Double) {
        precision = min(18, max(4, Int((2 * log(1.106 / relativeStandardDeviation) / log(2)).rounded(.up))))
    }

    private var width: Int { 1 << precision }

    func grow(to count: Int) {
        groupCount = max(groupCount, count)
        registers.grow(to: groupCount * width, with: 0)
    }

    func update(_ input: AccumulatorInput) {
        var hashes = Buffer<Int64>(repeating: 42, count: input.groups.count)
        for column in input.arguments { hashes = ValueHash.chain(column, hashes) }
        Self.note(hashes, input.groups, precision: UInt64(precision), in: &registers)
    }

    private static func note(
        _ hashes: Buffer<Int64>, _ groups: Buffer<Int32>, precision: UInt64, in registers: inout BufferBuilder<UInt8>
    ) {
        let width = 1 << Int(precision)
        var all = registers.mutableSpan
        for row in 0..<groups.count {
            let hash = UInt64(bitPattern: hashes[row])
            let index = Int(hash >> (64 - precision))
            let rest = hash << precision | 1 << (precision - 1)
            let rank = UInt8(rest.leadingZeroBitCount + 1)
            let position = Int(groups[row]) * width + index
            if rank > all[position] { all[position] = rank }
        }
    }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        guard case .bytes(let offsets, let bytes) = states[0].expandingDictionary().storage else { return }
        Self.join(offsets, bytes, groups, width: width, in: &registers)
    }

    private static func join(
        _ offsets: Buffer<Int32>, _ bytes: Buffer<UInt8>, _ groups: Buffer<Int32>, width: Int,
        in registers: inout BufferBuilder<UInt8>
    ) {
        let (starts, source) = (offsets.span, bytes.span)
        var all = registers.mutableSpan
        for row in 0..<groups.count where Int(starts[row + 1] - starts[row]) == width {
            let (from, to) = (Int(starts[row]), Int(groups[row]) * width)
            for index in 0..<width where source[from + index] > all[to + index] {
                all[to + index] = source[from + index]
            }
        }
    }

    func states(of groups: Buffer<Int32>) -> [Column] {
        var bytes = BufferBuilder<UInt8>(capacity: groups.count * width)
        var offsets = BufferBuilder<Int32>(capacity: groups.count + 1)
        offsets.append(0)
        for row in 0..<groups.count {
            let start = Int(groups[row]) * width
            bytes.append(contentsOf: registers.span.extracting(start..<(start + width)))
            offsets.append(Int32(bytes.count))
        }
        return [
            Column(
                .binary, count: groups.count, validity: nil,
                storage: .bytes(offsets: offsets.finish(), bytes: bytes.finish()))
        ]
    }

    func results(of groups: Buffer<Int32>, errors: inout RowErrors) -> Column {
        var counts = BufferBuilder<Int64>(capacity: groups.count)
        for row in 0..<groups.count { counts.append(estimate(Int(groups[row]))) }
        return Column(.bigint, counts.finish())
    }

    /// Up to how many an estimate by empty registers is taken, by precision from 4.
    private static let thresholds: [Double] = [
        10, 20, 40, 80, 220, 400, 900, 1_800, 3_100, 6_500, 11_500, 20_000, 50_000, 120_000, 350_000,
    ]

    private func estimate(_ group: Int) -> Int64 {
        let size = Double(width)
        let largest = 64 - precision + 1
        var ranks = [Int](repeating: 0, count: largest + 1)
        for index in (group * width)..<((group + 1) * width) { ranks[min(Int(registers[index]), largest)] += 1 }
        if ranks[0] > 0 {
            let linear = size * log(size / Double(ranks[0]))
            if linear <= Self.thresholds[precision - 4] { return Int64(linear.rounded()) }
        }
        var sum = size * Self.tau(1 - Double(ranks[largest]) / size)
        for rank in stride(from: largest - 1, through: 1, by: -1) { sum = 0.5 * (sum + Double(ranks[rank])) }
        sum += size * Self.sigma(Double(ranks[0]) / size)
        return Int64((size * size / (2 * log(2) * sum)).rounded())
    }

    private static func sigma(_ share: Double) -> Double {
        if share == 1 { return .infinity }
        var (power, weight, sum) = (share, 1.0, share)
        while true {
            power *= power
            let next = sum + power * weight
            weight += weight
            if next == sum { return sum }
            sum = next
        }
    }

    private static func tau(_ share: Double) -> Double {
        if share == 0 || share == 1 { return 0 }
        var (root, weight, sum) = (share, 1.0, 1 - share)
        while true {
            root = root.squareRoot()
            weight *= 0.5
            let next = sum - (1 - root) * (1 - root) * weight
            if next == sum { return sum / 3 }
            sum = next
        }
    }

    var byteCount: Int { registers.count }
}
