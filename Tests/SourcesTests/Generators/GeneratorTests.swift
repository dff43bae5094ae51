// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import Sources
import StreamCore
import StreamTesting
import Testing

struct GeneratorTests {
    @Test("text and columns hold the same readings", arguments: UInt64(0)..<5)
    func textAndColumnsAgree(seed: UInt64) throws {
        let generator = IoTGenerator(seed: seed, devices: 50, hasLateRows: seed % 2 == 0)
        let records = generator.records(1000..<4000)
        let decoder = try RecordDecoder(format: .json(JSONFormatOptions()), schema: IoTGenerator.schema)
        let decoded = try decoder.decode(records)
        #expect(decoded.malformed.isEmpty)
        #expect(decoded.rows.rows == generator.batch(1000..<4000).rows)
    }

    @Test func aRowIsTheSameWhereverARangeStarts() {
        let generator = IoTGenerator(seed: 7)
        let whole = generator.records(0..<100)
        let part = generator.records(40..<60)
        for row in 0..<20 { #expect(part.record(row).array == whole.record(row + 40).array) }
        #expect(IoTGenerator(seed: 8).records(0..<100).bytes.array != whole.bytes.array)
    }

    @Test func recordsAreAsLongAndAsUnorderedAsPromised() {
        let generator = IoTGenerator(seed: 1)
        let records = generator.records(1_000_000..<1_020_000)
        #expect(abs(Double(records.bytes.count) / 20_000 - 196) < 1)
        let rows = generator.batch(0..<20_000)
        let start: Int64 = 1_767_225_600_000_000
        let times = rows.columns[1].values
        let moved = (0..<20_000).filter { times[$0] != .timestamp(start + Int64($0) * 1000) }
        #expect(abs(Double(moved.count) / 20_000 - 0.05) < 0.01)
        #expect(Set(rows.columns[0].values).count == 1000)
        #expect(Set(rows.columns[4].values).count == 20)
    }

    private func rows(_ source: GeneratorSource, _ ranges: SourceRanges) async throws -> [[Value]] {
        var rows: [[Value]] = []
        for (partition, range) in ranges {
            let reader = try await source.open(partition, range)
            while let batch = try await reader.next() { rows += batch.rows.rows }
        }
        return rows
    }

    @Test func allRowsComeOnceWhateverTheLimitsAndPartitions() async throws {
        var options = RateSourceOptions()
        options.rows = 1003
        options.partitions = 4
        let source = GeneratorSource(kind: .rate, options: options, clock: ManualClock())
        var (offsets, seen): (SourceOffsets, [Int64]) = ([:], [])
        while true {
            let ranges = try await source.plan(after: offsets, limits: EpochLimits(records: 77))
            if ranges.isEmpty { break }
            for row in try await rows(source, ranges) { if case .bigint(let value) = row[1] { seen.append(value) } }
            for (partition, range) in ranges { offsets[partition] = range.end }
        }
        #expect(seen.sorted() == Array(0..<1003))
    }

    @Test func anEpochThatTakesAllThereIsHasTheBoundOfTheSource() async throws {
        var options = RateSourceOptions()
        options.rows = 5_000_000
        let source = GeneratorSource(kind: .iot, options: options, clock: ManualClock())
        let whole = try await source.plan(after: [:], limits: EpochLimits(availableUntilMicros: 0))
        #expect(whole == [SourcePartition("0"): OffsetRange(start: Offset(0), end: Offset(5_000_000))])
        let part = try await source.plan(after: [:], limits: EpochLimits(files: 3))
        #expect(part == [SourcePartition("0"): OffsetRange(start: Offset(0), end: Offset(1 << 20))])
    }

    @Test func rowsComeAtTheirRate() async throws {
        var options = RateSourceOptions()
        options.rowsPerSecond = 100
        let clock = ManualClock()
        let source = GeneratorSource(kind: .rate, options: options, clock: clock)
        #expect(try await source.plan(after: [:], limits: EpochLimits()).isEmpty)
        await clock.sleep(nanos: 2_500_000_000)
        let ranges = try await source.plan(after: [:], limits: EpochLimits())
        #expect(ranges == [SourcePartition("0"): OffsetRange(start: Offset(0), end: Offset(250))])
        let rows = try await rows(source, ranges)
        #expect(rows[249] == [.timestamp(1_767_225_600_000_000 + 2_490_000), .bigint(249)])
    }
}
