// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText
import StreamCore

/// Makes a test out of its checked file, and notes names and values that its pipeline does not know.
struct ScenarioBuilder {
    /// The file, for positions.
    let document: PipelineDocument
    /// The checked file.
    let root: CheckedObject
    /// The pipeline under test.
    let pipeline: Pipeline
    /// The columns of the tables beside the streams, by path.
    let tables: [String: Schema]
    /// What was found.
    var problems: ProblemList

    /// The test; `nil` when something is wrong, which has then been noted.
    mutating func build() -> Scenario? {
        var tested = pipeline
        // A definition that names no workers has one a core; the answer must not depend on that, the machine's load would.
        tested.workers = root.int("workers") ?? min(pipeline.workers, 2)
        let tables = self.tables(of: root)
        var steps: [Scenario.Step] = []
        for object in root.objects("steps") {
            guard let action = action(of: object) else { continue }
            steps.append(
                Scenario.Step(
                    position: document.position(of: object.offset), note: object.text("note")?.value ?? "",
                    action: action))
        }
        let end = root.object("expect").map { expectation(of: $0, isEnd: true) }
        guard !problems.hasErrors else { return nil }
        return Scenario(
            summary: root.text("description")?.value ?? "", pipeline: tested,
            startMicros: root.number("start") ?? 0, tables: tables, steps: steps, expectation: end)
    }

    private mutating func action(of object: CheckedObject) -> Scenario.Action? {
        for key in ["epoch", "finish"] where object.boolean(key) == false {
            problems.error(
                at: object.offset(of: key), .invalidPipeline, "'\(key)' is false, which says nothing",
                hint: "write true, or remove the step")
        }
        if let send = object.object("send") { return sending(of: send).map { .send($0) } }
        if let replace = object.object("replace") { return replacement(of: replace).map { .replace($0) } }
        if object.boolean("epoch") == true { return .epoch }
        if let micros = object.number("advance") { return .advance(micros: micros) }
        if let point = object.choice("crash", as: CrashPoint.self) {
            return .crash(point, workers: nil, meanwhile: nil)
        }
        if let crash = object.object("crash") {
            let meanwhile = crash.object("replace").flatMap { replacement(of: $0) }
            return crash.choice("at", as: CrashPoint.self).map {
                .crash($0, workers: crash.int("workers"), meanwhile: meanwhile)
            }
        }
        if let restart = object.object("restart") { return .restart(workers: restart.int("workers")) }
        if object.boolean("finish") == true { return .finish }
        if let expect = object.object("expect") { return .expect(expectation(of: expect, isEnd: false)) }
        return nil
    }

    private mutating func sending(of object: CheckedObject) -> Scenario.Sending? {
        guard let source = object.text("source"), let partition = object.text("partition") else { return nil }
        guard pipeline.sources[source.value] != nil else {
            unknown(source, among: pipeline.sources.keys.sorted(), what: "source")
            return nil
        }
        return Scenario.Sending(
            source: source.value, partition: SourcePartition(partition.value),
            records: object.jsonList("records").map { Self.record($0) },
            key: object.text("key").map { Array($0.value.utf8) },
            headers: object.entries("headers").compactMap { entry in
                if case .text(let text) = entry.value { (entry.name, Array(text.value.utf8)) } else { nil }
            }, timestampMicros: object.number("timestamp"))
    }

    /// The bytes of a record: raw text, or JSON on one line.
    static func record(_ json: JSONValue) -> [UInt8] { Array((json.string ?? json.text).utf8) }

    /// Notes a name that nothing has.
    mutating func unknown(_ text: SpecText, among names: [String], what: String) {
        unknown(text.written, at: text.offset, among: names, what: what)
    }

    /// Notes a name that nothing has.
    mutating func unknown(_ name: String, at offset: Int, among names: [String], what: String) {
        problems.error(
            at: offset, .unknownName, "'\(name)' is no \(what) of the pipeline",
            hint: Suggestion.hint(for: name, in: names, otherwise: "it has \(names.joined(separator: ", "))"))
    }
}
