// SPDX-License-Identifier: Apache-2.0
import Columnar
import PipelineSpec
import StreamCore

/// What outlives the pipeline in a test: the clock, the records that were sent, and what the sinks hold.
struct ScenarioWorld: Sendable {
    /// The pipeline, with a sink more for each relation that the test looks at.
    let pipeline: Pipeline
    /// The clock.
    let clock: SteppedClock
    /// The records by source.
    let logs: [String: RecordLog]
    /// The tables beside the streams.
    let lookups: ScriptedTables
    /// What the sinks hold, by name.
    let tables: [String: RecordedTable]
    /// What dead letters hold.
    let deadLetters = RecordedTable()
    /// What the epochs reported.
    let totals: ProgressTotals
}

extension ScenarioWorld {
    /// The world before the first step.
    init(_ scenario: Scenario, checkpoint: String, log: Logger) {
        var pipeline = scenario.pipeline
        pipeline.trigger = .interval(micros: 0)
        pipeline.checkpoint = checkpoint
        var looks = scenario.steps.flatMap { step -> [ScenarioExpectation.Rows] in
            if case .expect(let expectation) = step.action { expectation.rows } else { [] }
        }
        looks += scenario.expectation?.rows ?? []
        for look in looks where pipeline.sinks[look.name] == nil {
            let name = Self.table(of: look.name, in: scenario.pipeline)
            pipeline.sinks[name] = SinkDeclaration(
                name: name, from: look.name, schema: look.schema, connector: .console(ConsoleSinkOptions()))
        }
        self.pipeline = pipeline
        clock = SteppedClock(micros: scenario.startMicros)
        logs = pipeline.sources.mapValues { _ in RecordLog() }
        lookups = ScriptedTables(scenario.tables)
        tables = pipeline.sinks.mapValues { _ in RecordedTable() }
        totals = ProgressTotals(log: log)
    }

    /// The name of the table that a sink, or else a relation, is recorded in; no sink of a file can have a `$` in its name.
    static func table(of name: String, in pipeline: Pipeline) -> String {
        pipeline.sinks[name] == nil || name.hasPrefix("$") ? "$" + name : name
    }
}
