// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting
import Testing

/// A join of streams gives what nested loops over both whole inputs give, however the rows fall into epochs, batches and shards.
struct StreamJoinTests {
    private static func key(_ position: Int = 0) -> Expression {
        Expression(.column(position), type: .string, nullable: true, text: "key")
    }

    /// `lower ≤ left.ts − right.ts ≤ upper`, and where asked for the ids' sum even.
    private static func condition(
        _ lower: Int64?, _ upper: Int64?, evenSum: Bool = false
    ) -> StreamCore.Expression {
        let function = ScalarFunction(name: "pair") { arguments, rowCount, errors in
            let (one, other) = (arguments[0].column(rowCount: rowCount), arguments[1].column(rowCount: rowCount))
            let ids = [arguments[2].column(rowCount: rowCount), arguments[3].column(rowCount: rowCount)]
            let values = (0..<rowCount).map { row -> Value in
                guard case .timestamp(let left) = one.value(at: row), case .timestamp(let right) = other.value(at: row),
                    case .int(let leftID) = ids[0].value(at: row), case .int(let rightID) = ids[1].value(at: row)
                else { return .null }
                if leftID < 0 { errors.add(row: row, .divideByZero, "division by zero") }
                let distance = left - right
                return .boolean(
                    distance >= lower ?? .min && distance <= upper ?? .max
                        && (!evenSum || (leftID + rightID) % 2 == 0))
            }
            return Column(.boolean, values)
        }
        let arguments = [(1, DataType.timestamp), (4, .timestamp), (2, .int), (5, .int)].map {
            Expression(.column($0.0), type: $0.1, nullable: true)
        }
        return Expression(.call(function, arguments), type: .boolean, nullable: true, text: "the condition")
    }

    static func join(
        _ kind: JoinPlan.Kind, _ lower: Int64?, _ upper: Int64?, evenSum: Bool = false, onLate: LateAction = .deadLetter
    ) -> StreamJoin {
        StreamJoin(
            name: "pairs",
            plan: JoinPlan(
                kind: kind, keys: [(left: key(), right: key())], condition: condition(lower, upper, evenSum: evenSum),
                time: JoinPlan.TimeBounds(left: 1, right: 1, lowerMicros: lower, upperMicros: upper)),
            left: JoinFeed.schema, right: JoinFeed.schema, onLate: onLate)
    }

    /// Nested loops.
    private static func twin(
        _ feed: JoinFeed, _ kind: JoinPlan.Kind, _ lower: Int64?, _ upper: Int64?, evenSum: Bool
    ) -> [String] {
        let (left, right) = (feed.rows.filter { $0.input == 0 }, feed.rows.filter { $0.input == 1 })
        func isPair(_ one: JoinFeed.Row, _ other: JoinFeed.Row) -> Bool {
            guard let key = one.key, key == other.key, let first = one.time, let second = other.time else {
                return false
            }
            return first - second >= lower ?? .min && first - second <= upper ?? .max
                && (!evenSum || (one.id + other.id) % 2 == 0)
        }
        var rows: [[Value]] = []
        for one in left {
            let partners = right.filter { isPair(one, $0) }
            switch kind {
            case .leftSemi: if !partners.isEmpty { rows.append(one.values) }
            case .leftAnti: if partners.isEmpty { rows.append(one.values) }
            default:
                rows += partners.map { one.values + $0.values }
                if partners.isEmpty, kind == .left || kind == .full { rows.append(one.values + JoinFeed.nulls) }
            }
        }
        if kind == .right || kind == .full {
            for other in right where !left.contains(where: { isPair($0, other) }) {
                rows.append(JoinFeed.nulls + other.values)
            }
        }
        return rows.map { "\($0)" }.sorted()
    }

    @Test(
        "the answer is that of nested loops, however rows are split, with restarts and other workers",
        arguments: UInt64(0)..<60)
    func anySplit(seed: UInt64) throws {
        var generator = SeededNumbers(seed: seed)
        let kind = JoinPlan.Kind.allCases[Int(seed) % JoinPlan.Kind.allCases.count]
        let bounds: [(Int64?, Int64?)] = [(-10, 30), (0, 0), (5, 40), (-40, -5), (nil, 10), (-10, nil)]
        let (lower, upper) = bounds[Int(seed / 6) % bounds.count]
        let evenSum = seed % 4 == 0
        let feed = JoinFeed.random(&generator, count: 400, keys: 8, duplicates: seed % 5 == 0)
        var run = OperatorRun(Self.join(kind, lower, upper, evenSum: evenSum))
        let steps =
            feed.steps(&generator) + (lower == nil || upper == nil ? [.init(arrivals: [], watermark: .end)] : [])
        run.workers = [[1], [2], [3], [7], [1, 1, 3, 3, 2], [7, 2, 7, 7, 1]][Int(seed) % 6]
        run.restarts = Set((0..<steps.count).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 })
        run.snapshots = Set((0..<steps.count).filter { _ in Int.random(in: 0..<6, using: &generator) == 0 })
        let result = try run.run(steps)
        #expect(result.rejected.isEmpty)
        #expect(result.sorted == Self.twin(feed, kind, lower, upper, evenSum: evenSum))
        if lower != nil, upper != nil { #expect(result.size.rows == 0) }
    }

    @Test("memory of dropped rows is given back while the stream goes on")
    func manyEpochs() throws {
        var steps: [OperatorRun.Step] = []
        for epoch in 0..<40 {
            let start = Int64(epoch) * 1000
            let left = (0..<1000).map { JoinFeed.left("k\($0 % 50)", start + Int64($0), Int32($0)) }
            let right = (0..<1000).map { JoinFeed.right("k\(($0 + 25) % 50)", start + Int64($0), Int32($0)) }
            steps.append(JoinFeed.step(left, right, watermark: start + 1000))
        }
        let result = try OperatorRun(Self.join(.inner, -30, 30)).run(steps)
        #expect(result.size.rows < 100)
        // Keys meet 25 µs apart on both sides. Of the 40,000 rows a side, all but the first 25 and the last 25 have two partners.
        #expect(result.rows.count == 2 * 40_000 - 50)
    }

    // MARK: Single rows

    @Test func unmatchedRowsComeOutAtTheirBoundaryAndOnce() throws {
        let join = Self.join(.full, -10, 30)
        let one = [JoinFeed.left("a", 100, 1)]
        let other = [JoinFeed.right("b", 100, 2)]
        // A left row may wait until W > 100 + 10, a right row until W > 100 + 30.
        let before = try OperatorRun(join).run([JoinFeed.step(one, other, watermark: 110)])
        #expect(before.rows.isEmpty)
        let left = try OperatorRun(join).run([
            JoinFeed.step(one, other, watermark: 110), JoinFeed.step([], [], watermark: 111),
        ])
        #expect(left.rows == [one[0].values + JoinFeed.nulls])
        #expect(left.size.rows == 1)
        let right = try OperatorRun(join).run([
            JoinFeed.step(one, other, watermark: 130), JoinFeed.step([], [], watermark: 131),
            JoinFeed.step([], [], watermark: 500),
        ])
        #expect(Set(right.rows) == [one[0].values + JoinFeed.nulls, JoinFeed.nulls + other[0].values])
        #expect(right.rows.count == 2)
        #expect(right.size.rows == 0)
    }

    @Test func aPartnerAtTheVeryBoundIsFound() throws {
        let join = Self.join(.inner, -10, 30)
        let result = try OperatorRun(join).run([
            JoinFeed.step([JoinFeed.left("a", 100, 1)], [JoinFeed.right("a", 100, 2)], watermark: 110),
            JoinFeed.step([JoinFeed.left("a", 130, 4)], [JoinFeed.right("a", 110, 3)], watermark: 200),
        ])
        #expect(
            Set(result.rows) == [
                JoinFeed.left("a", 100, 1).values + JoinFeed.right("a", 100, 2).values,
                JoinFeed.left("a", 100, 1).values + JoinFeed.right("a", 110, 3).values,
                JoinFeed.left("a", 130, 4).values + JoinFeed.right("a", 100, 2).values,
                JoinFeed.left("a", 130, 4).values + JoinFeed.right("a", 110, 3).values,
            ])
        #expect(result.rows.count == 4)
    }

    @Test func nullEqualsNothing() throws {
        let rows = ([JoinFeed.left(nil, 100, 1)], [JoinFeed.right(nil, 100, 2)])
        #expect(try OperatorRun(Self.join(.inner, 0, 0)).run([JoinFeed.step(rows.0, rows.1, watermark: 0)]).rows == [])
        let full = try OperatorRun(Self.join(.full, 0, 0)).run([
            JoinFeed.step(rows.0, rows.1, watermark: 0), JoinFeed.step([], [], watermark: 1000),
        ])
        #expect(Set(full.rows) == [rows.0[0].values + JoinFeed.nulls, JoinFeed.nulls + rows.1[0].values])
        #expect(full.rows.count == 2)
        let timeless = try OperatorRun(Self.join(.leftAnti, 0, 0)).run([
            JoinFeed.step([JoinFeed.left("a", nil, 1)], [JoinFeed.right("a", 100, 2)], watermark: 0),
            JoinFeed.step([], [], watermark: 1000),
        ])
        #expect(timeless.rows == [JoinFeed.left("a", nil, 1).values])
    }

    @Test func duplicatesPairWithEachOther() throws {
        let twice = [JoinFeed.left("a", 5, 1), JoinFeed.left("a", 5, 1)]
        let thrice = (0..<3).map { _ in JoinFeed.right("a", 5, 2) }
        #expect(
            try OperatorRun(Self.join(.inner, 0, 0)).run([JoinFeed.step(twice, thrice, watermark: 9)]).rows.count == 6)
        #expect(
            try OperatorRun(Self.join(.leftSemi, 0, 0)).run([JoinFeed.step(twice, thrice, watermark: 9)]).rows
                == [twice[0].values, twice[0].values])
    }

    @Test func rowsBelowTheWatermarkAreLateAndSaySo() throws {
        let steps = [
            JoinFeed.step([JoinFeed.left("a", 100, 1)], [], watermark: 1_000_000),
            JoinFeed.step(
                [JoinFeed.left("a", 999_999, 2), JoinFeed.left("a", 1_000_000, 3)], [JoinFeed.right("a", 0, 4)],
                watermark: 1_000_000),
        ]
        let kept = try OperatorRun(Self.join(.inner, -10, 30)).run(steps)
        #expect(kept.rejected.map(\.row) == [0, 0])
        #expect(kept.rejected.allSatisfy { $0.code == .lateRecord && $0.stage == "pairs" })
        #expect(
            kept.rejected[1].message
                == "join closed for event time 1970-01-01T00:00:00Z: the watermark is 1970-01-01T00:00:01Z, the record is 1 s late"
        )
        let dropped = try OperatorRun(Self.join(.inner, -10, 30, onLate: .drop)).run(steps)
        #expect(dropped.rejected.isEmpty)
        #expect(dropped.counts.lateDropped == 2)
    }

    @Test func aPairWhoseConditionFailsIsReportedWithItsKey() throws {
        let result = try OperatorRun(Self.join(.left, 0, 0)).run([
            JoinFeed.step([JoinFeed.left("a", 5, -1)], [JoinFeed.right("a", 5, 2)], watermark: 1000)
        ])
        #expect(result.rows == [JoinFeed.left("a", 5, -1).values + JoinFeed.nulls])
        #expect(
            result.failures == [
                GroupFailure(
                    code: .divideByZero, message: "division by zero in the condition", key: #"{"key": "a"}"#)
            ])
    }

    @Test func changesAreInProportionToWhatChanged() throws {
        var steps = [
            JoinFeed.step((0..<5000).map { JoinFeed.left("k\($0)", 100, Int32($0)) }, [], watermark: 0),
            JoinFeed.step([], [JoinFeed.right("k7", 100, 1)], watermark: 0),
        ]
        let matched = try OperatorRun(Self.join(.left, -10, 10)).run(steps)
        #expect(matched.logged.map(\.table).sorted() == ["left.matched", "right"])
        #expect(matched.logged.allSatisfy { $0.rows.rowCount == 1 })
        steps.append(JoinFeed.step([], [], watermark: 1))
        #expect(try OperatorRun(Self.join(.left, -10, 10)).run(steps).logged.isEmpty)
    }

    private static let windowSchema = Schema([Field("window", WindowPlan.type), Field("n", .int)])

    /// Rows with equal windows.
    static func windowJoin(_ kind: JoinPlan.Kind) -> StreamJoin {
        let column = Expression(.column(0), type: WindowPlan.type, nullable: true, text: "window")
        return StreamJoin(
            name: "windows",
            plan: JoinPlan(
                kind: kind, keys: [(left: column, right: column)], time: JoinPlan.TimeBounds(left: 0, right: 0)),
            left: windowSchema, right: windowSchema, onLate: .deadLetter)
    }

    /// Rows of windows that are ten long and end there.
    static func windowRows(_ ends: [Int64], _ number: Int32) -> ColumnBatch {
        let windows = ends.map { Value.structure([.timestamp($0 - 10), .timestamp($0)]) }
        return ColumnBatch(
            schema: windowSchema,
            columns: [Column(WindowPlan.type, windows), Column(.int, ends.map { _ in .int(number) })],
            rowCount: ends.count)
    }

    @Test func windowsJoinByEqualityAndCloseTogether() throws {
        let join = Self.windowJoin(.left)
        let rows = Self.windowRows
        func pair(_ end: Int64, _ right: Int32?) -> [Value] {
            let window = Value.structure([.timestamp(end - 10), .timestamp(end)])
            return [window, .int(1)] + (right.map { [window, .int($0)] } ?? [.null, .null])
        }
        let result = try OperatorRun(join).run([
            .init(arrivals: [.init(input: 0, rows: rows([10, 20, 30], 1), order: 0)], watermark: Watermark(micros: 9)),
            .init(arrivals: [.init(input: 1, rows: rows([20], 2), order: 0)], watermark: Watermark(micros: 10)),
            .init(
                arrivals: [.init(input: 1, rows: rows([10, 30], 3), order: 0)], watermark: Watermark(micros: 29)),
        ])
        #expect(result.rows == [pair(20, 2), pair(10, nil), pair(30, 3)])
        #expect(result.rejected.map(\.row) == [0])
        #expect(join.outputDelayMicros == 0)
    }

    @Test func theOutputIsHeldBackByWhatMayWait() {
        #expect(Self.join(.inner, -10, 30).outputDelayMicros == 30)
        #expect(Self.join(.inner, -40, 30).outputDelayMicros == 40)
        #expect(Self.join(.leftSemi, -10, 30).outputDelayMicros == 10)
        #expect(Self.join(.inner, nil, 30).outputDelayMicros == .max)
    }
}
