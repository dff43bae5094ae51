// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import StreamTesting
import Testing

struct SessionAggregateTests {
    private static let gap = Expression(.literal(.dayTimeInterval(4)), type: .dayTimeInterval, nullable: false)

    static func operation(
        _ mode: OutputMode = .append, _ calls: [AggregateCall] = WindowedAggregateTests.calls
    ) -> SessionAggregate {
        SessionAggregate(
            name: "visits", plan: WindowedAggregateTests.plan(.session(gap: gap), calls), input: ReadingFeed.schema,
            outputMode: mode, onLate: .deadLetter)
    }

    @Test("rows may be split over batches, epochs, workers and shards in any way", arguments: UInt64(0)..<3)
    func splitsDoNotMatter(seed: UInt64) throws {
        let feed = ReadingFeed(seed: seed, count: 200)
        let whole: [OperatorDriver.Epoch] = [
            .init([(0, ReadingFeed.batch(feed.readings))], watermark: .none), .init([], watermark: .end),
        ]
        let expected = try OperatorDriver(Self.operation()).run(whole).sortedRows
        #expect(expected.count > 10)
        for (cut, shards) in zip(UInt64(0)..., [1, 2, 3, 7]) {
            let driver = OperatorDriver(Self.operation(), shards: shards, workers: shards)
            #expect(try driver.run(feed.epochs(cut: cut)).sortedRows == expected)
        }
    }

    @Test func noSessionIsLateForWhatFollows() throws {
        var slack = Int64.max
        for seed in UInt64(0)..<20 {
            let epochs = ReadingFeed(seed: seed, count: 200).epochs(cut: seed)
            let given = try OperatorDriver(Self.counting).run(epochs).epochs
            for (rows, before) in zip(given.dropFirst(), epochs) {
                for row in rows {
                    guard case .structure(let bounds) = row[1], case .timestamp(let end) = bounds[1] else { continue }
                    // What follows judges the last moment of a session by the watermark before it was given.
                    slack = min(slack, end - 1 - before.watermark.micros)
                }
            }
        }
        #expect(slack == -Self.counting.outputDelayMicros)
    }

    @Test("a crash after any epoch changes nothing", arguments: UInt64(0)..<2)
    func crashesDoNotMatter(seed: UInt64) throws {
        let feed = ReadingFeed(seed: seed, count: 120)
        let epochs = feed.epochs(cut: seed)
        for mode in [OutputMode.append, .update] {
            try Self.operation(mode).expectCrashesDoNotMatter(epochs)
        }
    }

    @Test("sessions equal those of sorted rows", arguments: UInt64(100)..<106)
    func twin(seed: UInt64) throws {
        let feed = ReadingFeed(seed: seed, count: 300)
        var expected: [String] = []
        for (site, rows) in Dictionary(grouping: feed.readings.filter { $0.time != nil }, by: \.site) {
            let times = rows.compactMap(\.time).sorted()
            var (start, last, count) = (times[0], times[0], Int64(0))
            func close() {
                let window = Value.structure([.timestamp(start), .timestamp(last + 4)])
                let row: [Value] = [site.map { .string($0) } ?? .null, window, .bigint(count)]
                expected.append("\(row)")
            }
            for time in times {
                if time > last + 4 {
                    close()
                    (start, count) = (time, 0)
                }
                last = time
                count += 1
            }
            close()
        }
        let driver = OperatorDriver(Self.counting, shards: 3, workers: 2)
        let outcome = try driver.run(feed.epochs(cut: 1))
        #expect(outcome.sortedRows == expected.sorted())
        #expect(outcome.rejected.isEmpty)
        #expect(outcome.size.rows == 0)
    }

    private static func epoch(_ times: [Int64], _ watermark: Int64) -> OperatorDriver.Epoch {
        let rows = times.map { ReadingFeed.Reading(time: $0, site: "a", number: 1, level: 0, price: 0) }
        return .init([(0, ReadingFeed.batch(rows))], watermark: Watermark(micros: watermark))
    }

    private static let count = AggregateCall(
        name: "n", function: .count, arguments: [], type: .bigint, nullable: false)

    /// Counts the rows of each session of a site.
    static var counting: SessionAggregate { counting(.append) }

    static func counting(_ mode: OutputMode) -> SessionAggregate { operation(mode, [count]) }

    private static func session(_ start: Int64, _ end: Int64, _ count: Int64) -> [Value] {
        [.string("a"), .structure([.timestamp(start), .timestamp(end)]), .bigint(count)]
    }

    @Test func aRowThatJoinsTwoSessionsMakesThemOne() throws {
        let outcome = try OperatorDriver(Self.counting).run([
            Self.epoch([0, 6], 1), Self.epoch([3], 9), Self.epoch([1], 11),
        ])
        #expect(outcome.epochs == [[], [], [Self.session(0, 10, 3)]])
        #expect(outcome.rejected.count == 1)
    }

    @Test("sessions that touch are one, also when the watermark stands where they touch")
    func touching() throws {
        let session = Self.session(0, 8, 2)
        for epochs in [[Self.epoch([0, 4], 9)], [Self.epoch([0], 4), Self.epoch([4], 4), Self.epoch([], 9)]] {
            let outcome = try OperatorDriver(Self.counting).run(epochs)
            #expect(outcome.epochs.flatMap { $0 } == [session])
            #expect(outcome.rejected.isEmpty)
        }
        let apart = try OperatorDriver(Self.counting).run([
            Self.epoch([0], 5), Self.epoch([5], 10),
        ])
        #expect(apart.epochs == [[Self.session(0, 4, 1)], [Self.session(5, 9, 1)]])
    }

    @Test("a session is given once the watermark is past its end, and what follows can wait for that")
    func closing() throws {
        let operation = Self.counting
        let outcome = try OperatorDriver(operation).run([
            Self.epoch([0], 4), Self.epoch([], 5), Self.epoch([0], 6), Self.epoch([2], 7),
        ])
        #expect(outcome.epochs == [[], [Self.session(0, 4, 1)], [], [Self.session(2, 6, 1)]])
        #expect(outcome.rejected.count == 1)
        #expect(outcome.rejected.first?.contains("the record is 0.000001 s late") == true)
        // Its last moment, 3, is that far behind the watermark that stood before it was given.
        #expect(operation.outputDelayMicros == 1)
    }
}
