// SPDX-License-Identifier: Apache-2.0
import Columnar
import SQL
import StreamCore
import StreamTesting
import Testing

/// Groupings of groupings, unions of them, HAVING and DISTINCT over streams give what the same query gives over all rows at once.
struct GroupingChainTests {
    private static let minute = "window(ts, INTERVAL '0.00002' SECOND)"
    private static let sliding = "window(ts, INTERVAL '0.00004' SECOND, INTERVAL '0.00001' SECOND)"

    /// Queries in append mode.
    static let queries = [
        // The window of an earlier grouping, once and twice.
        "SELECT window, max(c) AS most, sum(s) AS s FROM (SELECT window, site, count(*) AS c, sum(n) AS s FROM readings "
            + "GROUP BY \(minute), site) GROUP BY window",
        "SELECT window, count(*) AS c FROM (SELECT window, c, count(*) AS sites FROM (SELECT window, site, count(*) AS c "
            + "FROM readings GROUP BY \(sliding), site) GROUP BY window, c) GROUP BY window",
        "SELECT w, c, count(*) AS sites FROM (SELECT \(minute) AS w, site, count(*) AS c FROM readings GROUP BY w, site) GROUP BY w, c",
        // Wider windows over the windows of an earlier grouping.
        "SELECT window.start AS s, sum(c) AS c FROM (SELECT window, site, count(*) AS c FROM readings GROUP BY \(minute), site) "
            + "GROUP BY window(window, INTERVAL '0.00006' SECOND)",
        "SELECT window.end AS e, max(c) AS c FROM (SELECT window, site, count(*) AS c FROM readings GROUP BY \(minute), site) "
            + "GROUP BY window(window_time(window), INTERVAL '0.00008' SECOND, INTERVAL '0.00002' SECOND)",
        // Sliding windows in two groupings, one after the other.
        "SELECT window, count(*) AS c, sum(c) AS s FROM (SELECT window, site, count(*) AS c FROM readings GROUP BY \(sliding), site) "
            + "GROUP BY window(window, INTERVAL '0.0001' SECOND, INTERVAL '0.00002' SECOND)",
        "SELECT window.start AS s, max(t) AS t FROM (SELECT window_time(window) AS t, site FROM readings GROUP BY \(sliding), site) "
            + "GROUP BY window(t, INTERVAL '0.00003' SECOND)",
        // HAVING between groupings and behind them.
        "SELECT window, count(*) AS c FROM (SELECT window, site, count(*) AS c FROM readings GROUP BY \(minute), site "
            + "HAVING count(*) > 3 AND max(n) > 2) GROUP BY window HAVING count(*) > 1",
        // Windows as values of rows.
        "SELECT w.start AS s, count(*) AS c FROM (SELECT \(minute) AS w FROM readings WHERE ts IS NOT NULL) GROUP BY w",
        // Unions of groupings, below a grouping and beside another.
        "SELECT window, sum(c) AS c FROM (SELECT window, count(*) AS c FROM readings WHERE ok GROUP BY \(minute) UNION ALL "
            + "SELECT window, count(*) AS c FROM readings WHERE NOT ok GROUP BY \(minute)) GROUP BY window",
        "SELECT 'a' AS kind, window, count(*) AS c FROM readings GROUP BY \(minute) UNION ALL "
            + "SELECT site, window, count(n) AS c FROM readings GROUP BY site, \(sliding)",
        // DISTINCT over rows and over groups.
        "SELECT DISTINCT ts, site FROM readings WHERE ts IS NOT NULL",
        "SELECT DISTINCT window, c FROM (SELECT window, site, count(*) AS c FROM readings GROUP BY \(minute), site)",
        "SELECT DISTINCT site FROM readings",
    ]

    @Test("chains give what the query gives over all rows", arguments: queries, UInt64(0)..<2)
    func chains(sql: String, seed: UInt64) throws {
        let table = ReadingTable(seed: seed, count: 240)
        let expected = try Self.whole(sql, table)
        #expect(expected.count > 2)
        let planner = SQLPlanner(relations: ["readings": ReadingTable.relation], outputMode: .append)
        let plan = try planner.plan(sql)
        for (cut, workers) in zip(UInt64(0)..., [1, 2, 3, 7]) {
            let epochs = table.epochs(cut: cut)
            var driver = PlanDriver(relations: ["readings": epochs], shards: workers, workers: workers)
            driver.recovery = .snapshot(after: epochs.count / 2, age: 1, shards: 2)
            let found = try driver.run(plan)
            #expect(found.flatMap { $0 }.map(Self.line).sorted() == expected, "\(workers) workers")
            #expect(found.dropLast().contains { !$0.isEmpty }, "everything came at the end")
        }
    }

    /// Queries in update mode, and how many columns name a group.
    static let updates: [(sql: String, keys: Int)] = [
        ("SELECT site, count(*) AS c, sum(n) AS s FROM readings GROUP BY site", 1),
        ("SELECT window, site, max(level) AS m FROM readings GROUP BY \(minute), site", 2),
        (
            "SELECT 'site' AS kind, site AS name, count(*) AS c FROM readings GROUP BY site UNION ALL "
                + "SELECT 'label' AS kind, label AS name, count(*) AS c FROM readings GROUP BY label", 2
        ),
        (
            "SELECT 'w' AS kind, window, count(*) AS c FROM readings GROUP BY \(minute) UNION ALL "
                + "SELECT site AS kind, window, count(*) AS c FROM readings GROUP BY \(sliding), site", 2
        ),
        (
            "SELECT w.start AS s, c, count(*) AS sites FROM (SELECT window AS w, site, count(*) AS c FROM readings "
                + "GROUP BY \(minute), site) GROUP BY w, c", 2
        ),
        ("SELECT DISTINCT site, ok FROM readings", 2),
    ]

    @Test("the last of each group's updates is its answer over all rows", arguments: 0..<updates.count)
    func lastUpdates(index: Int) throws {
        let (sql, keys) = Self.updates[index]
        let table = ReadingTable(seed: UInt64(index), count: 240)
        let planner = SQLPlanner(relations: ["readings": ReadingTable.relation], outputMode: .update)
        let plan = try planner.plan(sql)
        for (cut, workers) in zip(UInt64(0)..., [1, 2, 3, 7]) {
            let epochs = table.epochs(cut: cut)
            var driver = PlanDriver(
                relations: ["readings": epochs], outputMode: .update, shards: workers, workers: workers)
            driver.recovery = .changelogs(after: epochs.count / 2, shards: 2)
            var latest: [[Value]: [Value]] = [:]
            for rows in try driver.run(plan) {
                #expect(Set(rows.map { Array($0.prefix(keys)) }).count == rows.count, "a group came twice in an epoch")
                for row in rows { latest[Array(row.prefix(keys))] = row }
            }
            #expect(latest.values.map(Self.line).sorted() == (try Self.whole(sql, table)), "\(workers) workers")
        }
    }

    /// The rows of the query over all readings, grouped naively, as sorted lines.
    private static func whole(_ sql: String, _ table: ReadingTable) throws -> [String] {
        let planner = SQLPlanner(relations: ["readings": ReadingTable.relation])
        let runner = QueryRunner(relations: ["readings": table.rows], isNaive: true)
        return runner.rows(try planner.plan(sql)).batch.rows.map(line).sorted()
    }

    private static func line(_ row: [Value]) -> String { "\(row)" }
}
