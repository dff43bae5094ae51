// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import Testing

@testable import Sources

/// Files of which windows wait for the one furthest back in event time.
struct FilePaceTests {
    /// A line of 1,000 bytes with an event time.
    private static func line(_ time: Int) -> String {
        "{\"n\":\(time),\"text\":\"\(String(repeating: "x", count: 983 - String(time).count))\"}\n"
    }

    private let fixture = FilesFixture()
    private var newest: [SourcePartition: Int64] = [:]

    /// Runs an epoch as an engine does that waits for all files; gives the event times it read.
    private mutating func epoch(_ limits: EpochLimits) async throws -> [Int64] {
        var limits = limits
        limits.eventTimes = newest
        var times: [Int64] = []
        for batch in try await fixture.epoch(limits) {
            for case .bigint(let time) in batch.rows.columns[0].values {
                newest[batch.partition] = max(newest[batch.partition] ?? time, time)
                times.append(time)
            }
        }
        // Files that are read to their end wait for nobody.
        for (partition, standing) in try fixture.source().standing(after: fixture.offsets) ?? [:] {
            if standing == .finished { newest[partition] = nil }
        }
        return times
    }

    @Test func filesThatSpanTheSameTimeAdvanceTogether() async throws {
        var tests = self
        for file in 0..<4 {
            try fixture.write("\(file).json", stride(from: file, to: 12_000, by: 4).map(Self.line).joined())
        }
        var seen: [Int64] = []
        while true {
            let times = try await tests.epoch(EpochLimits(bytes: 2_000_000))
            if times.isEmpty { break }
            #expect(times.count <= 2000)
            seen += times
            let open = tests.newest.values
            // A portion is 125 lines of one file, 500 of event time; a file may be that far ahead of the others, and its estimate.
            if let least = open.min(), let most = open.max() { #expect(most - least <= 1000) }
        }
        #expect(seen.sorted() == (0..<12_000).map(Int64.init))
    }

    @Test func filesOfOneDayEachAreReadDayAfterDay() async throws {
        var tests = self
        // The newest day is in the file that was modified first.
        for day in 0..<4 {
            try fixture.write(
                "\(3 - day).json", (day * 1_000_000..<day * 1_000_000 + 2000).map(Self.line).joined(),
                modified: 1_700_000_000 - Double(day))
        }
        var (seen, ends): ([Int64], [Int]) = ([], [0, 0, 0, 0])
        while true {
            let times = try await tests.epoch(EpochLimits(bytes: 1_000_000))
            if times.isEmpty { break }
            seen += times
            for time in times { ends[Int(time / 1_000_000)] += 1 }
            for day in 1..<4 where ends[day - 1] < 2000 {
                // Two portions each to learn how fast time passes in it.
                #expect(
                    ends[day] <= 2 * 65,
                    "day \(day) has \(ends[day]) lines read while the day before has \(ends[day - 1])")
            }
        }
        #expect(ends == [2000, 2000, 2000, 2000])
        #expect(Set(seen).count == 8000)
    }

    @Test(arguments: [
        EpochLimits(records: 7), EpochLimits(records: 1000), EpochLimits(bytes: 1), EpochLimits(bytes: 90_000),
        EpochLimits(records: 500, files: 2), EpochLimits(files: 1), EpochLimits(),
    ])
    func limitsHoldAndNothingIsReadTwice(limits: EpochLimits) async throws {
        var tests = self
        let counts = [150, 1, 40, 0, 300]
        for (file, count) in counts.enumerated() {
            try fixture.write("\(file).json", (file * 1000..<file * 1000 + count).map(Self.line).joined())
        }
        var seen: [Int64] = []
        while true {
            let before = fixture.offsets
            let times = try await tests.epoch(limits)
            if times.isEmpty { break }
            if let records = limits.records { #expect(times.count <= records) }
            if let bytes = limits.bytes { #expect(times.count <= max(1, bytes / 1000)) }
            let touched = fixture.offsets.filter { before[$0.key]?.position != $0.value.position }.count
            if let files = limits.files { #expect(touched <= files) }
            seen += times
            if seen.count > 100 && seen.count < 200 { fixture.restart() }
        }
        var all: [Int64] = []
        for (file, count) in counts.enumerated() { all += (0..<count).map { Int64(file * 1000 + $0) } }
        #expect(seen.sorted() == all)
    }

    @Test func aFileWithoutAnyEventTimeIsReadFasterAndFaster() async throws {
        let text = String(repeating: "{\"n\":null,\"text\":\"\(String(repeating: "x", count: 980))\"}\n", count: 3000)
        for file in 0..<2 { try fixture.write("\(file).json", text) }
        var epochs = 0
        while try await !fixture.epoch(EpochLimits(bytes: 100_000_000, eventTimes: [:])).isEmpty { epochs += 1 }
        #expect(epochs == 3)
    }

    @Test func aRecordLargerThanAPortionIsRead() async throws {
        var tests = self
        let large = "{\"n\":1,\"text\":\"\(String(repeating: "x", count: 200_000))\"}\n"
        for file in 0..<2 { try fixture.write("\(file).json", Self.line(0) + large + Self.line(2)) }
        var seen: [Int64] = []
        while true {
            let times = try await tests.epoch(EpochLimits(bytes: 300_000))
            if times.isEmpty { break }
            seen += times
        }
        #expect(seen.sorted() == [0, 0, 1, 1, 2, 2])
    }

    @Test func theTimeAtAPositionIsKnownOnceTwoWereSeen() {
        let partition = SourcePartition("a")
        var pace = FilePace()
        #expect(pace.time(of: "a", at: 0) == nil)
        pace.learn([partition: Offset(100)], [partition: 5_000])
        #expect(pace.time(of: "a", at: 100) == 5_000)
        #expect(pace.time(of: "a", at: 101) == nil)
        pace.learn([partition: Offset(300)], [partition: 6_000])
        #expect(pace.time(of: "a", at: 300) == 6_000)
        #expect(pace.time(of: "a", at: 500) == 7_000)
        pace.learn([partition: Offset(300)], [:])
        #expect(pace.time(of: "a", at: 300) == nil)
    }
}
