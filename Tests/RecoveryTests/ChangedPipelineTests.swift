// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import StreamTesting
import Testing

@testable import App

/// State that outlives changes of the pipeline file: what goes on equals an uninterrupted run, and what is new counts from the change on.
struct ChangedPipelineTests {
    private static let sendings = 7

    // MARK: Groupings

    private static let aggregates = [
        "count(*)", "sum(v)", "avg(v)", "min(v)", "max(s)", "first(v)", "last(s)", "collect_list(v)",
        "count(DISTINCT v)",
        "sum(DISTINCT v)", "approx_count_distinct(s)", "stddev_samp(x)", "min_by(s, v)", "percentile(v, 0.5)", "sum(x)",
        "sum(CAST(v AS DECIMAL(10,2)))", "bool_and(v > 2)", "collect_set(s)", "bit_xor(v)", "max_by(x, v)",
    ]

    private enum Grouping: CaseIterable { case tumbling, sliding, session, whole }

    /// A grouping; an aggregate with a number counts only the records of sendings from that one on.
    private static func grouping(_ kind: Grouping, _ asked: [(aggregate: String, since: Int)]) -> String {
        // Key and time tell the rows of a run apart: each window comes out once, and each change of a group without one.
        let time =
            switch kind {
            case .tumbling, .sliding: "window.start"
            case .session: "session_window.start"
            case .whole: "max(seq)"
            }
        let columns = asked.map { aggregate, since in
            let name = "a\(aggregates.firstIndex(of: aggregate) ?? 0)"
            return "\(aggregate)\(since > 0 ? " FILTER (WHERE seq >= \(since))" : "") AS \(name)"
        }
        let window =
            switch kind {
            case .tumbling: ", window(ts, '1 minute')"
            case .sliding: ", window(ts, '60 seconds', '20 seconds')"
            case .session: ", session_window(ts, '15 seconds')"
            case .whole: ""
            }
        let mode = kind == .whole ? #", "outputMode": "update""# : ""
        return """
            {"name": "p", "sources": {"s": {"type": "kafka", "brokers": "none:9092", "topics": ["s"],
              "schema": "k STRING, ts TIMESTAMP NOT NULL, v BIGINT, x DOUBLE, s STRING, seq BIGINT NOT NULL",
              "watermark": {"column": "ts", "delay": "30 seconds"}}},
            "transforms": {"t": {"sql": "SELECT k, \(time) AS at, \(columns.joined(separator: ", ")) FROM s GROUP BY k\(window)"\(mode)}},
            "sinks": {"out": {"type": "console", "from": "t"}}, "checkpoint": "unused"}
            """
    }

    private static func time(_ second: Int) -> String {
        let (minute, rest) = second.quotientAndRemainder(dividingBy: 60)
        return "2026-01-01T00:\(minute < 10 ? "0" : "")\(minute):\(rest < 10 ? "0" : "")\(rest)Z"
    }

    private static func readings(_ numbers: inout SeededNumbers, keys: Int, count: Int) -> [ChangingRun.Sending] {
        (0..<sendings).map { sending in
            let lines = (0..<count).map { _ -> String in
                let second = sending * 20 + Int(numbers.next() % 30)
                let value = numbers.next() % 8
                let v = value == 7 ? "null" : "\(value)"
                return """
                    {"k":"k\(numbers.next() % UInt64(keys))","ts":"\(time(second))","v":\(v),"x":\(numbers.next() % 9).25,\
                    "s":"s\(numbers.next() % 5)","seq":\(sending)}
                    """
            }
            return ["s": lines]
        }
    }

    @Test(
        "groupings that change: each aggregate is that of an uninterrupted run, from when it was first asked for",
        arguments: UInt64(0)..<24)
    func aggregatesGoOn(seed: UInt64) async throws {
        var numbers = SeededNumbers(seed: seed)
        let kind = Grouping.allCases[Int(seed % 4)]
        let versions = PipelineVersions(of: Self.aggregates, sendings: Self.sendings, &numbers)
        let sendings = Self.readings(&numbers, keys: 6, count: 24)
        let texts = versions.things.map { things in Self.grouping(kind, things.map { ($0, 0) }) }
        let (run, happened) = try await Self.play(texts, versions, sendings, &numbers)
        var twins: [[[Value]]] = []
        for (version, things) in happened.things.enumerated() {
            twins.append(
                try await ChangingRun.uninterrupted(
                    Self.grouping(kind, things.map { ($0, happened.since($0, in: version)) }), sendings))
        }
        Self.expect(run.rows, twins, happened)
    }

    // MARK: Joins

    private static let columns = ["v BIGINT", "x DOUBLE", "s STRING", "o STRUCT<n: INT>", "l ARRAY<BIGINT>", "d DATE"]

    private static func name(_ column: String) -> String { String(column.prefix { $0 != " " }) }

    private static func join(_ kind: String, left: [String], right: [String]) -> String {
        func source(_ name: String, _ columns: [String]) -> String {
            """
            "\(name)": {"type": "kafka", "brokers": "none:9092", "topics": ["\(name)"],
             "schema": "\((["id BIGINT NOT NULL", "k STRING NOT NULL", "ts TIMESTAMP NOT NULL"] + columns).joined(separator: ", "))",
             "watermark": {"column": "ts", "delay": "30 seconds"}}
            """
        }
        let isLeftAlone = kind == "LEFT SEMI" || kind == "LEFT ANTI"
        // The ids tell the rows of a run apart; the columns come in an order that does not depend on that of the sources.
        var result = ["a.id AS aid", isLeftAlone ? "a.k" : "b.id AS bid"]
        result += left.sorted().map { "a.\(name($0)) AS a\(name($0))" }
        if !isLeftAlone {
            result += right.sorted().map { "b.\(name($0)) AS b\(name($0))" }
        }
        return """
            {"name": "p", "sources": {\(source("a", left)), \(source("b", right))},
            "transforms": {"t": {"sql": "SELECT \(result.joined(separator: ", ")) FROM a \(kind) JOIN b ON a.k = b.k AND b.ts BETWEEN a.ts - INTERVAL 20 SECONDS AND a.ts + INTERVAL 30 SECONDS"}},
            "sinks": {"out": {"type": "console", "from": "t"}}, "checkpoint": "unused"}
            """
    }

    /// A record of which only the columns in `shown` are said.
    private static func record(_ values: [String: String], _ shown: (String) -> Bool) -> String {
        "{"
            + values.filter { ["id", "k", "ts"].contains($0.key) || shown($0.key) }.sorted { $0.key < $1.key }
            .map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    @Test(
        "joins that change: rows that are kept have the columns that were always there, and NULL in the others",
        arguments: UInt64(0)..<24)
    func joinedColumnsGoOn(seed: UInt64) async throws {
        var numbers = SeededNumbers(seed: seed)
        let kind = ["INNER", "LEFT", "RIGHT", "FULL", "LEFT SEMI", "LEFT ANTI"][Int(seed % 6)]
        let names = Self.columns.flatMap { ["a.\($0)", "b.\($0)"] }
        let versions = PipelineVersions(of: names, sendings: Self.sendings, &numbers)
        func side(_ prefix: String, _ things: [String]) -> [String] {
            things.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(2)) }
        }
        let texts = versions.things.map { Self.join(kind, left: side("a.", $0), right: side("b.", $0)) }
        var values: [[String: [[String: String]]]] = []
        for epoch in 0..<Self.sendings {
            var sides: [String: [[String: String]]] = [:]
            // Some keys are on one side only, so that every kind of join gives rows.
            for (side, firstKey) in [("a", UInt64(0)), ("b", 2)] {
                sides[side] = (0..<12).map { row in
                    let n = numbers.next() % 100
                    return [
                        "id": "\(epoch * 12 + row)", "k": "\"k\(firstKey + numbers.next() % 8)\"",
                        "ts": "\"\(Self.time(epoch * 20 + Int(numbers.next() % 30)))\"",
                        "v": "\(n)", "x": "\(n).5", "s": "\"s\(n)\"", "o": "{\"n\":\(n)}", "l": "[\(n),\(epoch)]",
                        "d": "\"2026-02-\(10 + n % 10)\"",
                    ]
                }
            }
            values.append(sides)
        }
        func sendings(_ shows: (_ side: String, _ column: String, _ epoch: Int) -> Bool) -> [ChangingRun.Sending] {
            values.enumerated().map { epoch, sides in
                Dictionary(
                    uniqueKeysWithValues: sides.map { side, rows in
                        (side, rows.map { row in Self.record(row) { shows(side, $0, epoch) } })
                    })
            }
        }
        let (run, happened) = try await Self.play(texts, versions, sendings { _, _, _ in true }, &numbers)
        var twins: [[[Value]]] = []
        for (version, things) in happened.things.enumerated() {
            twins.append(
                try await ChangingRun.uninterrupted(
                    texts[version],
                    sendings { side, column, sending in
                        guard let thing = things.first(where: { $0.hasPrefix("\(side).\(column) ") }) else {
                            return true
                        }
                        return sending >= happened.since(thing, in: version)
                    }))
        }
        Self.expect(run.rows, twins, happened)
    }

    // MARK: Runs

    private static let points: [CrashPoint] = [
        .planBefore, .planAfter, .stateAfter, .checkpointBefore, .checkpointAfter, .publishBefore, .confirmAfter,
    ]

    /// Runs versions after each other, with crashes anywhere, above all around the changes; gives the run, and when the versions really began.
    private static func play(
        _ texts: [String], _ versions: PipelineVersions, _ sendings: [ChangingRun.Sending],
        _ numbers: inout SeededNumbers
    ) async throws -> (ChangingRun, PipelineVersions) {
        let run = ChangingRun(sources: Array(sendings[0].keys))
        var happened = versions
        var hasDied = false
        for version in texts.indices {
            let planned = versions.range(of: version)
            let (source, records) = (sendings[0].keys.sorted()[0], sendings[0].values.map(\.count).max() ?? 1)
            happened.starts[version] = run.read(of: source) / records
            happened.takeovers[version] = run.decided
            let changes = try run.changes(to: texts[version])
            #expect(!changes.values.contains { $0.isLoss }, "\(changes)")
            let workers = [1, 2, 3, 7]
            var life = try await run.start(texts[version], workers: numbers.pick(workers))
            // The epoch in which the version before died is run by this one, unless it was decided.
            if hasDied { await life.runEpoch() }
            hasDied = false
            for epoch in planned {
                run.send(sendings[epoch])
                let isEdge = epoch == planned.lowerBound || epoch == planned.upperBound - 1
                guard numbers.next() % (isEdge ? 2 : 5) == 0 else {
                    await life.runEpoch()
                    continue
                }
                #expect(await life.crash(at: numbers.pick(points)))
                hasDied = epoch == planned.upperBound - 1 && version + 1 < texts.count
                if !hasDied {
                    life = try await run.start(texts[version], workers: numbers.pick(workers))
                    await life.runEpoch()
                }
            }
            if !hasDied, let error = await life.shutDown() { throw error }
        }
        let last = try await run.start(texts[texts.count - 1], workers: numbers.pick([1, 4]), isLast: true)
        if let error = last.failure { throw error }
        return (run, happened)
    }

    /// Every row that a version gave is one that its twin gives, and all that should come has come, once.
    private static func expect(
        _ rows: [Int64: [[Value]]], _ twins: [[[Value]]], _ versions: PipelineVersions
    ) {
        let known = twins.map { Set($0) }
        for (epoch, given) in rows.sorted(by: { $0.key < $1.key }) {
            let version = versions.version(of: epoch)
            let others = given.filter { !known[version].contains($0) }
            #expect(others == [], "epoch \(epoch), version \(version) of \(versions)")
        }
        func names(_ rows: [[Value]]) -> [String] { rows.map { "\($0[0]) \($0[1])" }.sorted() }
        let all = names(rows.values.flatMap { $0 })
        #expect(all == names(twins[twins.count - 1]))
        #expect(all.count > 8)
    }
}
