// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText
import PipelineSpec
import StreamCore

/// Runs one pipeline test, step by step.
struct ScenarioRunner {
    private let file: String
    private let scenario: Scenario
    private let world: ScenarioWorld
    private var life: PipelineLife?
    private var decided: DecidedEpoch?
    private var failures: [ScenarioOutcome.Failure] = []
    /// Why the run failed, until a step expects that.
    private var error: PipelineError?
    private var workers: Int
    private let fixedWorkers: Int?

    /// A run of a test with its checkpoint in a folder.
    init(_ scenario: Scenario, file: String, checkpoint: String, workers fixed: Int?, log: Logger) {
        self.file = file
        self.scenario = scenario
        world = ScenarioWorld(scenario, checkpoint: checkpoint, log: log)
        fixedWorkers = fixed
        workers = fixed ?? scenario.pipeline.workers
    }

    /// Runs all steps, and looks at the end.
    mutating func run() async -> [ScenarioOutcome.Failure] {
        await start()
        for (index, step) in scenario.steps.enumerated() {
            let place = "step \(index + 1) (\(step.action.name))" + (step.note.isEmpty ? "" : ": \(step.note)")
            if let error, !expectsFailure(step.action) {
                fail(step.position, place, "the run has failed before this step: \(ErrorText.line(error))")
                return failures
            }
            await perform(step, place)
        }
        await shutDown()
        let expectsFailure = scenario.expectation?.failure != nil
        if let error, !expectsFailure {
            let position = scenario.steps.last?.position ?? TextPosition(of: 0, in: [])
            fail(position, "at the end", "the run has failed: \(ErrorText.line(error))")
        } else if let expectation = scenario.expectation {
            look(expectation, "at the end")
        }
        return failures
    }

    private func expectsFailure(_ action: Scenario.Action) -> Bool {
        if case .expect(let expectation) = action { expectation.failure != nil } else { false }
    }

    private mutating func perform(_ step: Scenario.Step, _ place: String) async {
        switch step.action {
        case .send(let sending): send(sending)
        case .replace(let replacement): world.lookups.apply(replacement)
        case .epoch:
            await startAgain()
            await life?.runEpoch()
        case .advance(let micros):
            await startAgain()
            world.clock.advance(micros: micros)
            await life?.settle()
        case .crash(let point, let newWorkers, let meanwhile):
            await startAgain()
            let isReached = await life?.crash(at: point) ?? false
            decided = life?.decided
            life = nil
            if !isReached {
                fail(
                    step.position, place,
                    "the run did not come to '\(point.rawValue)': there was nothing to read in an epoch")
            }
            workers = fixedWorkers ?? newWorkers ?? workers
            if let meanwhile { world.lookups.apply(meanwhile) }
            await start()
        case .restart(let newWorkers):
            await shutDown()
            workers = fixedWorkers ?? newWorkers ?? workers
            await startAgain()
        case .finish: await finish()
        case .expect(let expectation): look(expectation, place)
        }
        note()
    }

    private func send(_ sending: Scenario.Sending) {
        let now = world.clock.nowMicros
        world.logs[sending.source]?.append(
            sending.records.map {
                RecordLog.Record(
                    bytes: $0, key: sending.key, headers: sending.headers,
                    timestampMicros: sending.timestampMicros ?? now)
            }, to: sending.partition)
    }

    // MARK: Lives

    private mutating func start() async {
        do throws(PipelineError) {
            life = try await PipelineLife(world, workers: workers)
        } catch {
            self.error = error
        }
        note()
    }

    /// Starts the pipeline when it does not run.
    private mutating func startAgain() async {
        if life == nil && error == nil { await start() }
    }

    private mutating func shutDown() async {
        _ = await life?.shutDown()
        note()
        life = nil
    }

    /// Reads and closes everything.
    private mutating func finish() async {
        await shutDown()
        if error != nil { return }
        do throws(PipelineError) {
            life = try await PipelineLife(world, workers: workers, finishing: true)
        } catch {
            self.error = error
        }
        note()
        life = nil
    }

    /// Keeps what the engine said last.
    private mutating func note() {
        if let life {
            decided = life.decided ?? decided
            error = error ?? life.failure
        }
    }

    // MARK: Looks

    private mutating func fail(_ position: TextPosition, _ step: String, _ what: String) {
        failures.append(ScenarioOutcome.Failure(position: position, step: step, what: what))
    }

    private mutating func look(_ expectation: ScenarioExpectation, _ place: String) {
        if let expected = expectation.failure {
            if let what = Self.difference(error, expected) { fail(expectation.position, place, what) }
            // The failure was looked for: a step after it starts the pipeline anew.
            (error, life) = (nil, nil)
        }
        for rows in expectation.rows {
            guard let table = world.tables[ScenarioWorld.table(of: rows.name, in: scenario.pipeline)] else { continue }
            let given = TableContent(world.pipeline.sinks[rows.name]).rows(
                table.epochs(sinceLastLook: rows.isNewOnly), isNewOnly: rows.isNewOnly)
            table.noteLook()
            if var failure = RowsComparison(rows, given: given).failure {
                failure.step = place
                failures.append(failure)
            }
        }
        let letters = world.deadLetters.epochs(sinceLastLook: place != "at the end").flatMap { $0 }
        if let expected = expectation.deadLetters {
            world.deadLetters.noteLook()
            if var failure = LetterComparison(expected, given: letters, at: expectation.position).failure {
                failure.step = place
                failures.append(failure)
            }
        }
        lookAtNumbers(expectation, place)
    }

    private mutating func lookAtNumbers(_ expectation: ScenarioExpectation, _ place: String) {
        for (name, micros) in expectation.watermarks {
            let given = decided?.watermarks[name] ?? decided?.operatorWatermarks[name]
            guard given != micros else { continue }
            func text(_ micros: Int64?) -> String { micros.map { TimeText.iso(micros: $0) } ?? "none" }
            fail(
                expectation.position, place,
                "the watermark of '\(name)' is \(text(given)), and \(text(micros)) was expected")
        }
        let (counts, sums) = (expectation.counts, world.totals.sums)
        let all: [(String, Int64?, Int64)] =
            [
                ("epochs", counts.epochs, sums.epochs), ("records", counts.records, sums.records),
                ("malformed", counts.malformed, sums.malformed), ("late", counts.late, sums.late),
                (
                    "deadLetters", counts.deadLetters,
                    Int64(world.deadLetters.epochs(sinceLastLook: false).reduce(0) { $0 + $1.count })
                ),
            ]
            + counts.violations.map { ("violations of '\($0.name)'", $0.count, sums.violations[$0.name] ?? 0) }
        for (name, expected, given) in all {
            guard let expected, expected != given else { continue }
            fail(expectation.position, place, "\(name): \(given), and \(expected) was expected")
        }
    }

    private static func difference(
        _ error: PipelineError?, _ expected: ScenarioExpectation.Failure
    ) -> String? {
        guard let error else { return "the run was expected to fail, and it goes on" }
        if let code = expected.code, code != error.code.rawValue {
            return "the run failed with \(ErrorText.line(error)), and \(code) was expected"
        }
        if let message = expected.message, !ErrorText.line(error).contains(message) {
            return "the run failed with \(ErrorText.line(error)), and '\(message)' was expected in that"
        }
        return nil
    }
}
