// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamTesting
import Testing

@testable import StreamCore

struct WindowedAggregateTests {
    typealias Reading = ReadingFeed.Reading

    private static func call(
        _ function: AggregateFunction, _ columns: [Int], _ type: DataType, isDistinct: Bool = false,
        filter: Expression? = nil
    ) -> AggregateCall {
        AggregateCall(
            name: "\(function)\(columns)\(isDistinct)", function: function,
            arguments: columns.map { ReadingFeed.column($0) },
            isDistinct: isDistinct, filter: filter, type: type, nullable: true, text: "call")
    }

    private static let list = DataType.array(element: .bigint, containsNull: false)

    /// One of every kind of aggregate.
    static let calls: [AggregateCall] = [
        call(.count, [], .bigint), call(.count, [2], .bigint), call(.sum, [2], .bigint), call(.sum, [3], .double),
        call(.average, [2], .double), call(.average, [3], .double), call(.sum, [4], .decimal(precision: 20, scale: 2)),
        call(.average, [4], .decimal(precision: 14, scale: 6)), call(.minimum, [2], .bigint),
        call(.maximum, [3], .double),
        call(.minimum, [1], .string), call(.maximum, [1], .string),
        call(.maximum, [4], .decimal(precision: 10, scale: 2)),
        call(.first(ignoresNulls: false), [2], .bigint), call(.last(ignoresNulls: true), [1], .string),
        call(.minimumBy, [2, 3], .bigint), call(.maximumBy, [1, 2], .string),
        call(.variance(ofSample: true), [3], .double), call(.standardDeviation(ofSample: false), [3], .double),
        call(.correlation, [2, 3], .double), call(.covariance(ofSample: true), [2, 3], .double),
        call(.collectList, [2], list), call(.collectSet, [2], list), call(.count, [2], .bigint, isDistinct: true),
        call(.count, [1, 2], .bigint, isDistinct: true), call(.sum, [2], .bigint, isDistinct: true),
        call(.approximateCountDistinct(relativeStandardDeviation: 0.05), [3], .bigint),
        call(.percentile(fractions: [0.5], isArray: false), [3], .double),
        call(.approximatePercentile(fractions: [0.25, 1], accuracy: 100, isArray: true), [2], list),
        call(.bitXor, [2], .bigint),
        call(
            .count, [], .bigint,
            filter: Expression(
                .not(Expression(.literal(.boolean(false)), type: .boolean, nullable: false)), type: .boolean,
                nullable: false)),
    ]

    /// Those whose states do not say of which epoch they are.
    static let orderless = calls.filter { !AggregateDefinition($0, name: "x").makeAccumulator().knowsOrder }

    static func plan(_ kind: WindowPlan.Kind?, _ calls: [AggregateCall] = calls) -> AggregatePlan {
        AggregatePlan(
            keys: [NamedExpression("site", ReadingFeed.column(1))],
            window: kind.map { WindowPlan(kind: $0, eventTime: ReadingFeed.column(0)) }, aggregates: calls)
    }

    static let tumbling = WindowPlan.Kind.fixed(sizeMicros: 40, slideMicros: 40, offsetMicros: 0)
    static let sliding = WindowPlan.Kind.fixed(sizeMicros: 100, slideMicros: 15, offsetMicros: 5)

    static func operation(
        _ kind: WindowPlan.Kind?, mode: OutputMode = .append, onLate: LateAction = .deadLetter, lateness: Int64 = 0,
        _ calls: [AggregateCall] = calls
    ) -> WindowedAggregate {
        WindowedAggregate(
            name: "rollup", plan: plan(kind, calls), input: ReadingFeed.schema, outputMode: mode, onLate: onLate,
            allowedLatenessMicros: lateness)
    }

    /// Everything in one batch and one epoch.
    private static func whole(
        _ kind: WindowPlan.Kind?, _ calls: [AggregateCall], _ feed: ReadingFeed
    ) throws -> OperatorDriver.Outcome {
        let epochs: [OperatorDriver.Epoch] = [
            .init([(0, ReadingFeed.batch(feed.readings))], watermark: .none), .init([], watermark: .end),
        ]
        return try OperatorDriver(operation(kind, calls)).run(epochs)
    }

    @Test("rows may be split over batches, epochs, workers and shards in any way", arguments: UInt64(0)..<3)
    func splitsDoNotMatter(seed: UInt64) throws {
        let feed = ReadingFeed(seed: seed, count: 200)
        #expect(Self.orderless.count > 10 && Self.orderless.count < Self.calls.count)
        for (kind, calls) in [
            (Self.tumbling, Self.calls), (Self.sliding, Self.calls), (Self.sliding, Self.orderless),
        ] {
            let expected = try Self.whole(kind, calls, feed).sortedRows
            #expect(!expected.isEmpty)
            for (cut, shards) in zip(UInt64(0)..., [1, 2, 3, 7]) {
                let driver = OperatorDriver(Self.operation(kind, calls), shards: shards, workers: shards)
                #expect(try driver.run(feed.epochs(cut: cut)).sortedRows == expected)
            }
        }
    }

    @Test("a crash after any epoch changes nothing", arguments: UInt64(0)..<2)
    func crashesDoNotMatter(seed: UInt64) throws {
        let feed = ReadingFeed(seed: seed, count: 120)
        let epochs = feed.epochs(cut: seed)
        for (kind, mode) in [
            (Self.tumbling, OutputMode.append), (Self.sliding, .append), (Self.tumbling, .update),
            (Self.sliding, .update),
        ] {
            try Self.operation(kind, mode: mode).expectCrashesDoNotMatter(epochs)
        }
        try Self.operation(Self.sliding, Self.orderless).expectCrashesDoNotMatter(epochs)
    }

    @Test("state says in which epochs it came, until it is restored")
    func age() throws {
        let feed = ReadingFeed(seed: 3, count: 300)
        for kind in [Self.tumbling, Self.sliding] {
            var forgotten = 0
            for cut in UInt64(0)..<4 {
                let epochs = feed.epochs(cut: cut)
                // All windows are closed in the end, by the last epoch.
                #expect(try OperatorDriver(Self.operation(kind), shards: 2).run(epochs).firstNeeded == epochs.count)
                forgotten += try OperatorDriver(Self.operation(kind)).run(epochs.dropLast()).firstNeeded
            }
            #expect(forgotten > 0)
        }
        let shard = Self.operation(Self.tumbling).makeShard()
        let intake = Self.operation(Self.tumbling).makeIntake()
        func age(_ times: [Int64], watermark: Int64) throws -> Int? {
            let rows = ReadingFeed.batch(times.map { Reading(time: $0, site: "a", number: 1) })
            _ = try intake.take(
                rows, input: 0, context: IntakeContext(evaluation: .init(epochMicros: 0), watermark: .none, order: 0))
            for part in intake.drain(shards: 1)[0] { try shard.absorb(part) }
            _ = try shard.finish(
                FinishContext(evaluation: .init(epochMicros: 0), watermark: Watermark(micros: watermark)))
            return shard.size.epochs
        }
        #expect(try age([0, 50], watermark: 30) == 1)
        #expect(try age([60, 90], watermark: 30) == 2)
        #expect(try age([], watermark: 40) == 3)
        #expect(try age([], watermark: 80) == 3)
        #expect(try age([130], watermark: 120) == 1)
        #expect(try age([], watermark: 400) == 0)
        // What is restored came at an unknown time.
        _ = try age([410], watermark: 400)
        let restored = Self.operation(Self.tumbling).makeShard()
        for rows in shard.takeChanges() { try restored.restore(rows) }
        #expect(restored.size.epochs == nil)
        _ = try restored.finish(FinishContext(evaluation: .init(epochMicros: 0), watermark: Watermark(micros: 440)))
        #expect(restored.size.epochs == 0)
    }

    @Test("simple aggregates equal those of a dictionary", arguments: UInt64(100)..<104)
    func twin(seed: UInt64) throws {
        let feed = ReadingFeed(seed: seed, count: 300)
        struct Group: Hashable { var start: Int64; var site: String? }
        for (kind, size, slide, offset) in [
            (Self.tumbling, Int64(40), Int64(40), Int64(0)), (Self.sliding, 100, 15, 5),
        ] {
            var groups: [Group: [Reading]] = [:]
            for reading in feed.readings {
                guard let time = reading.time else { continue }
                for start in (time - size + 1)...time where (start - offset) % slide == 0 {
                    groups[Group(start: start, site: reading.site), default: []].append(reading)
                }
            }
            let expected = groups.map { group, rows -> String in
                let numbers = rows.compactMap(\.number)
                let window = Value.structure([.timestamp(group.start), .timestamp(group.start + size)])
                let distinct = Value.bigint(Int64(Set(numbers).count))
                let row: [Value] = [
                    group.site.map { .string($0) } ?? .null, window, .bigint(Int64(rows.count)),
                    numbers.isEmpty ? .null : .bigint(numbers.reduce(0, +)),
                    numbers.min().map { .bigint($0) } ?? .null,
                    rows.compactMap(\.level).max().map { .double($0) } ?? .null, distinct,
                ]
                return "\(row)"
            }
            let calls = [
                Self.call(.count, [], .bigint), Self.call(.sum, [2], .bigint), Self.call(.minimum, [2], .bigint),
                Self.call(.maximum, [3], .double), Self.call(.count, [2], .bigint, isDistinct: true),
            ]
            let outcome = try OperatorDriver(Self.operation(kind, calls), shards: 3, workers: 2).run(
                feed.epochs(cut: 1))
            #expect(outcome.sortedRows == expected.sorted())
            #expect(outcome.counts.timeless == feed.readings.count { $0.time == nil })
            #expect(outcome.rejected.isEmpty)
            #expect(outcome.size.rows == 0)
        }
    }

    private static func epoch(_ times: [Int64], _ watermark: Int64) -> OperatorDriver.Epoch {
        let rows = times.map { Reading(time: $0, site: "a", number: 1, level: 0.5, price: 0) }
        return .init([(0, ReadingFeed.batch(rows))], watermark: Watermark(micros: watermark))
    }

    private static let counting = [call(.count, [], .bigint)]

    @Test func aLateRowIsRejectedWithWindowAndLateness() throws {
        let minute = WindowPlan.Kind.fixed(sizeMicros: 60_000_000, slideMicros: 60_000_000, offsetMicros: 0)
        let epochs = [Self.epoch([1], 310_000_000), Self.epoch([2, 305_000_000], 310_000_000)]
        let outcome = try OperatorDriver(Self.operation(minute, Self.counting)).run(epochs)
        #expect(
            outcome.rejected == [
                "lateRecord: window [1970-01-01T00:00:00Z, 1970-01-01T00:01:00Z) closed: "
                    + "the watermark is 1970-01-01T00:05:10Z, the record is 250 s late"
            ])
        #expect(outcome.epochs.map(\.count) == [1, 0])
        #expect(outcome.size.rows == 1)
        let dropped = try OperatorDriver(Self.operation(minute, onLate: .drop, Self.counting)).run(epochs)
        #expect(dropped.rejected.isEmpty)
        #expect(dropped.counts.lateDropped == 1)
    }

    @Test func aRowLateForSomeWindowsCountsInTheOthers() throws {
        let kind = WindowPlan.Kind.fixed(sizeMicros: 20, slideMicros: 10, offsetMicros: 0)
        let outcome = try OperatorDriver(Self.operation(kind, Self.counting)).run([
            Self.epoch([15], 20), Self.epoch([15], 30),
        ])
        func row(_ start: Int64, _ count: Int64) -> [Value] {
            [.string("a"), .structure([.timestamp(start), .timestamp(start + 20)]), .bigint(count)]
        }
        #expect(outcome.epochs == [[row(0, 1)], [row(10, 2)]])
        #expect(outcome.rejected.isEmpty)
    }

    @Test func updatesGiveChangedGroupsAndRestateClosedWindows() throws {
        let operation = Self.operation(Self.tumbling, mode: .update, onLate: .restate, lateness: 50, Self.counting)
        let outcome = try OperatorDriver(operation).run([
            Self.epoch([1, 2], 10), Self.epoch([], 60), Self.epoch([3], 89), Self.epoch([4, 81], 90),
            Self.epoch([5], 90),
        ])
        func row(_ start: Int64, _ count: Int64) -> [Value] {
            [.string("a"), .structure([.timestamp(start), .timestamp(start + 40)]), .bigint(count)]
        }
        #expect(outcome.epochs == [[row(0, 2)], [], [row(0, 3)], [row(0, 4), row(80, 1)], []])
        #expect(outcome.rejected.count == 1)
    }

    @Test("an epoch logs only what stays open", arguments: [OutputMode.append, .update, .complete])
    func whatIsOverInItsEpochIsNotLogged(mode: OutputMode) throws {
        let shard = Self.operation(Self.tumbling, mode: mode, Self.counting).makeShard()
        let evaluation = EvaluationContext(epochMicros: 0)
        func logged(_ times: [Int64], watermark: Int64) throws -> [Int64] {
            let intake = Self.operation(Self.tumbling, mode: mode, Self.counting).makeIntake()
            let context = IntakeContext(evaluation: evaluation, watermark: .none, order: 0)
            let rows = times.map { Reading(time: $0, site: "a", number: 1, level: nil, price: nil) }
            _ = try intake.take(ReadingFeed.batch(rows), input: 0, context: context)
            for part in intake.drain(shards: 1)[0] { try shard.absorb(part) }
            _ = try shard.finish(FinishContext(evaluation: evaluation, watermark: Watermark(micros: watermark))) { _ in
            }
            return shard.takeChanges().flatMap(\.rows.rows).compactMap { row in
                if case .bigint(let window) = row[2] { window } else { nil }
            }
        }
        let isComplete = mode == .complete
        #expect(try logged([1, 41, 81], watermark: 80) == (isComplete ? [0, 40, 80] : [80]))
        #expect(try logged([82, 121], watermark: 119) == [80, 120])
        #expect(try logged([122], watermark: 160) == (isComplete ? [120] : []))
        #expect(shard.size.rows == (isComplete ? 4 : 0))
    }

    @Test func completeGivesEverythingAndOneGroupEvenOfNothing() throws {
        let plan = AggregatePlan(keys: [], aggregates: [Self.call(.count, [], .bigint), Self.call(.sum, [2], .bigint)])
        let operation = WindowedAggregate(
            name: "all", plan: plan, input: ReadingFeed.schema, outputMode: .complete, onLate: .drop)
        let outcome = try OperatorDriver(operation, shards: 3).run([
            Self.epoch([], 0), Self.epoch([1, 2], 500), Self.epoch([3], 600),
        ])
        #expect(outcome.epochs == [[[.bigint(0), .null]], [[.bigint(2), .bigint(2)]], [[.bigint(3), .bigint(3)]]])
    }

    @Test func aSumThatDoesNotFitIsAFailureOfItsGroupAlone() throws {
        let rows = ["a", "a", "b"].map { Reading(time: 1, site: $0, number: .max, level: nil, price: nil) }
        let outcome = try OperatorDriver(Self.operation(Self.tumbling, [Self.call(.sum, [2], .bigint)])).run([
            .init([(0, ReadingFeed.batch(rows))], watermark: .end)
        ])
        #expect(outcome.epochs.map(\.count) == [1])
        #expect(outcome.failures.map(\.code) == [.numericOverflow])
        #expect(
            outcome.failures.map(\.key) == [
                #"{"site": "a", "window": ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.00004Z"]}"#
            ])
    }
}
