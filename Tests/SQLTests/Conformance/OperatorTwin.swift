// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting

/// Runs the stateful steps of a plan with the operators that engines run, in several epochs, workers and shards, with a restart.
enum OperatorTwin {
    /// The groups of rows in memory: every group after the last row came.
    static func groups(_ plan: AggregatePlan, _ batch: ColumnBatch) throws(PipelineError) -> OperatorDriver.Outcome {
        let isSession = plan.window?.isSession == true
        let mode = OutputMode.complete
        let stateful: any StatefulOperator =
            isSession
            ? SessionAggregate(name: "twin", plan: plan, input: batch.schema, outputMode: mode, onLate: .drop)
            : WindowedAggregate(name: "twin", plan: plan, input: batch.schema, outputMode: mode, onLate: .drop)
        var outcome = try run(stateful, inputs: [batch], watermark: .none)
        outcome.epochs = Array(outcome.epochs.suffix(1))
        return outcome
    }

    /// The pairs of two relations in memory.
    static func pairs(
        _ plan: JoinPlan, _ left: ColumnBatch, _ right: ColumnBatch
    ) throws(PipelineError) -> OperatorDriver.Outcome {
        let join = StreamJoin(name: "twin", plan: plan, left: left.schema, right: right.schema, onLate: .drop)
        return try run(join, inputs: [left, right], watermark: .end)
    }

    private static func run(
        _ stateful: any StatefulOperator, inputs: [ColumnBatch], watermark: Watermark
    ) throws(PipelineError) -> OperatorDriver.Outcome {
        var halves: [[(input: Int, rows: ColumnBatch)]] = [[], []]
        for (index, batch) in inputs.enumerated() {
            let middle = batch.rowCount / 2
            let quarter = middle / 2
            for (half, rows) in [(0, 0..<quarter), (0, quarter..<middle), (1, middle..<batch.rowCount)]
            where !rows.isEmpty {
                halves[half].append((index, batch.slice(rows)))
            }
        }
        let epochs = [
            OperatorDriver.Epoch(halves[0], watermark: .none), OperatorDriver.Epoch(halves[1], watermark: watermark),
        ]
        let driver = OperatorDriver(stateful, shards: 2, workers: 2)
        return try driver.run(epochs, recovery: .snapshot(after: 1, age: 0, shards: 3))
    }

    /// Where two answers of the same grouping differ; `nil` when they agree: sums of DOUBLE up to their last digits, estimates
    /// within four standard deviations.
    static func difference(_ plan: AggregatePlan, _ one: [[Value]], _ other: [[Value]]) -> String? {
        let keys = plan.keys.count + (plan.window == nil ? 0 : 1)
        func byKey(_ rows: [[Value]]) -> [[Value]: [Value]] {
            Dictionary(rows.map { ($0.prefix(keys).map(NaiveGroups.normal), Array($0.dropFirst(keys))) }) { first, _ in
                first
            }
        }
        let (left, right) = (byKey(one), byKey(other))
        guard one.count == other.count, left.count == one.count, Set(left.keys) == Set(right.keys) else {
            return "other groups: \(one) and \(other)"
        }
        for (key, values) in left {
            let others = right[key] ?? []
            for (index, call) in plan.aggregates.enumerated() {
                var tolerance = 1e-12
                if case .approximateCountDistinct(let deviation) = call.function { tolerance = 4 * deviation }
                if !isClose(values[index], others[index], tolerance) {
                    return "\(call.text) of \(key): \(values[index]) and \(others[index])"
                }
            }
        }
        return nil
    }

    private static func isClose(_ one: Value, _ other: Value, _ tolerance: Double) -> Bool {
        switch (one, other) {
        case (.double(let left), .double(let right)):
            left == right || left.isNaN && right.isNaN || abs(left - right) <= tolerance * max(1, abs(left), abs(right))
        case (.bigint(let left), .bigint(let right)):
            left == right || tolerance > 1e-6 && abs(Double(left - right)) <= tolerance * Double(left)
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { isClose($0, $1, tolerance) }
        default: NaiveGroups.normal(one) == NaiveGroups.normal(other)
        }
    }
}
