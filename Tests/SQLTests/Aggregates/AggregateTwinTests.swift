// SPDX-License-Identifier: Apache-2.0
import Columnar
import SQL
import StreamCore
import StreamTesting
import Testing

/// Every aggregate function, under each of its names, gives what a naive computation in memory gives, however rows fall into batches,
/// epochs, workers and shards, and after a restart. What the naive one gives is compared with Spark's recorded answers in
/// `CorpusConformanceTests`.
struct AggregateTwinTests {
    /// Calls of every function, with every alias.
    static let calls = [
        "count(*)", "count(n)", "count(n, level)", "count_if(ok)", "count_if(n > 0)", "sum(n)", "sum(level)",
        "sum(price)",
        "try_sum(n)", "try_sum(price)", "avg(n)", "mean(level)", "avg(price)", "try_avg(n)", "min(n)", "max(n)",
        "min(level)", "max(level)", "min(label)", "max(label)", "min(price)", "max(price)", "min(ts)", "max(ok)",
        "first(n)", "first_value(label)", "first(n, true)", "first(label) IGNORE NULLS", "last(n)", "last_value(label)",
        "last(n, true)", "last(label) IGNORE NULLS", "any_value(n)", "any_value(label) IGNORE NULLS",
        "min_by(label, n)", "max_by(label, n)", "min_by(n, level)", "max_by(price, ts)", "stddev(level)",
        "stddev_samp(n)", "std(level)", "stddev_pop(level)", "variance(level)", "var_samp(n)", "var_pop(level)",
        "corr(n, level)", "covar_samp(n, level)", "covar_pop(price, level)", "collect_list(n)", "array_agg(label)",
        "collect_list(DISTINCT n)", "collect_set(label)", "collect_set(n)", "bool_and(ok)", "every(n < 5)",
        "bool_or(ok)", "some(n > 4)", "any(n < -4)", "bit_and(weight)", "bit_or(n)", "bit_xor(n)",
        "approx_count_distinct(label)", "approx_count_distinct(n, 0.01)", "percentile(level, 0.5)",
        "percentile(level, array(0.0, 0.25, 1.0))", "percentile(n, 0.3, weight)", "median(n)",
        "approx_percentile(level, 0.9)", "percentile_approx(n, array(0.1, 0.5, 1.0), 100)",
        "approx_percentile(ts, 0.5)",
        "count(DISTINCT n)", "count(DISTINCT label, n)", "sum(DISTINCT n)", "avg(DISTINCT price)",
        "stddev(DISTINCT n)", "percentile(DISTINCT n, 0.5)", "median(DISTINCT n)",
    ]

    @Test func everyNameIsCalled() {
        let called = Set(Self.calls.map { String($0.prefix { $0 != "(" }) })
        let names = AggregateRegistry.standard.definitions.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).subtracting(called).isEmpty)
        #expect(
            Set(names).isSuperset(of: [
                "count", "sum", "avg", "min", "max", "first", "last", "any_value", "count_if", "stddev_pop",
                "stddev_samp",
                "var_pop", "var_samp", "corr", "min_by", "max_by", "collect_list", "collect_set", "bool_and", "bool_or",
                "approx_count_distinct", "approx_percentile", "percentile",
            ]))
    }

    static let windows = [
        "window(ts, INTERVAL '0.00004' SECOND)", "window(ts, INTERVAL '0.0001' SECOND, INTERVAL '0.000015' SECOND)",
    ]

    @Test(
        "functions give what a naive twin gives, in any split and after a restart",
        arguments: calls, [false, true])
    func twin(call: String, isFiltered: Bool) throws {
        // FILTER stands before IGNORE NULLS.
        let treatment = call.hasSuffix(" IGNORE NULLS") ? " IGNORE NULLS" : ""
        let filter = isFiltered ? " FILTER (WHERE weight > 0)" : ""
        let expression = call.dropLast(treatment.count) + filter + treatment
        let table = ReadingTable(seed: UInt64(call.utf8.reduce(7) { ($0 &* 31) &+ Int($1) }.magnitude), count: 90)
        let planner = SQLPlanner(relations: ["readings": ReadingTable.relation], outputMode: .append)
        for (window, splits) in zip(Self.windows, [[2, 7], [1, 3]]) {
            let sql = "SELECT site, window, \(expression) AS x FROM readings GROUP BY site, \(window)"
            let aggregate = try aggregate(sql, planner)
            var naive = NaiveGroups(aggregate, EvaluationContext(epochMicros: 0))
            let groups = naive.groups(of: table.rows)
            let expected = try #require(groups).rows
            #expect(expected.count > 5)
            for (cut, workers) in zip(UInt64(0)..., splits) {
                let epochs = table.epochs(cut: cut)
                let restart = epochs.count / 2
                var driver = PlanDriver(relations: ["readings": epochs], shards: workers, workers: workers)
                driver.recovery =
                    cut % 2 == 0
                    ? .changelogs(after: restart, shards: 3) : .snapshot(after: restart, age: 1, shards: 2)
                let plan = RelationPlan.aggregate(.scan(relation: "readings", schema: ReadingTable.schema), aggregate)
                let found = try driver.run(plan).flatMap { $0 }
                let difference = OperatorTwin.difference(aggregate, found, expected)
                #expect(difference == nil, "\(window), \(workers) workers: \(difference ?? "")")
            }
        }
    }

    @Test func argumentsOfRowsThatAFilterLeavesOutAreNotComputed() throws {
        let sql = """
            SELECT sum(1 / n) FILTER (WHERE n > 0) AS s, count_if(1 / n > 0) FILTER (WHERE n > 0) AS c,
                   max_by(n, 1 / n) FILTER (WHERE n > 0) AS m, count(DISTINCT 1 / n) FILTER (WHERE n > 0) AS d
            FROM VALUES (0), (2), (4) AS t(n)
            """
        let outcome = try QueryRunner().run(sql)
        #expect(outcome.batch.rows == [[0.75, .bigint(2), 2, .bigint(2)]])
        #expect(outcome.failures.isEmpty)
        #expect(try QueryRunner().run("SELECT sum(1 / n) AS s FROM VALUES (0), (2) AS t(n)").failures.count == 1)
    }

    @Test func aDistinctListIsInTheOrderOfFirstAppearance() throws {
        let sql =
            "SELECT collect_list(DISTINCT n) AS l, first(DISTINCT n) AS f, last(DISTINCT n) AS z FROM VALUES (3), (1), (3), (2), (1) AS t(n)"
        #expect(try QueryRunner().run(sql).batch.rows == [[[3, 1, 2], 3, 1]])
    }

    @Test("an estimate of distinct values is within its error", arguments: [0.01, 0.02, 0.05, 0.1], UInt64(0)..<3)
    func estimates(deviation: Double, seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        let count = 20_000
        let values = (0..<2 * count).map { _ in Value.bigint(Int64.random(in: 0..<Int64(count), using: &random)) }
        let distinct = Set(values).count
        let batch = ColumnBatch(
            schema: Schema([Field("n", .bigint)]), columns: [Column(.bigint, values)], rowCount: values.count)
        let planner = SQLPlanner(relations: ["numbers": RelationSchema(batch.schema)])
        let plan = try aggregate("SELECT approx_count_distinct(n, \(deviation)) AS x FROM numbers", planner)
        let outcome = try OperatorTwin.groups(plan, batch)
        guard case .bigint(let estimate)? = outcome.epochs.last?.first?.first else {
            throw Unexpected(plan: "no estimate")
        }
        #expect(abs(Double(estimate) - Double(distinct)) <= 3 * deviation * Double(distinct))
    }

    private func aggregate(_ sql: String, _ planner: SQLPlanner) throws -> AggregatePlan {
        var plan = try planner.plan(sql)
        while case .project(let input, _) = plan { plan = input }
        guard case .aggregate(.scan, let aggregate) = plan else { throw Unexpected(plan: PlanText.of(plan)) }
        return aggregate
    }

    private struct Unexpected: Error { var plan: String }
}
