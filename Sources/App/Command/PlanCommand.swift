// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Columnar
import Failures
import JSONText
import PipelineSpec
import StreamCore

/// `millrace plan`
struct PlanCommand: Command {
    static let usage = CommandUsage(
        name: "plan",
        summary: "Show what a pipeline does: its steps, the state they keep, and what becomes of existing state.",
        discussion: "Touches nothing. With --diff it reads the checkpoint, and exits with 4 when state would be lost.",
        operands: [OperandUsage(name: "PIPELINE", summary: "A pipeline file.")],
        options: [
            OptionUsage(name: "--diff", summary: "Compare the file with its checkpoint: keep, migrate, rebuild, lose."),
            OptionUsage(
                name: "--format", summary: "How it is written (default: text).", value: "FORMAT",
                choices: ["text", "json"]),
            OptionUsage(
                name: "--set", summary: "Lay a value over the file, at a dotted path.", value: "PATH=VALUE",
                isRepeated: true),
        ],
        examples: [
            ("millrace plan pipeline.json", "Steps and state."),
            ("millrace plan pipeline.json --diff", "What a changed file keeps."),
        ])

    private let path: String
    private let overrides: [String]
    private let showsChanges: Bool
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        path = arguments.operands.first ?? ""
        overrides = arguments.all("--set")
        showsChanges = arguments.has("--diff")
        isJSON = arguments.value("--format") == "json"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        guard let (pipeline, redactor) = try context.loadOrExplain(path, overrides: overrides) else {
            return .wrongInput
        }
        let dataflow = Dataflow(sources: pipeline.sources.keys, transforms: pipeline.transforms)
        if !showsChanges {
            for line in lines(pipeline, dataflow) { context.print(isJSON ? line.json.text : redactor.clean(line.text)) }
            return .done
        }
        let wanted = try dataflow.operators().map { $0.stateful.identity }
        var changes: [String: StateChange] = [:]
        do throws(PipelineError) {
            let report = try StateReport(directory: pipeline.checkpoint)
            changes = StateChange.decide(
                stored: report.operators.mapValues(\.identity), empty: report.empty, wanted: wanted)
        } catch  where error.code == .missingFile {
            changes = StateChange.decide(stored: [:], empty: [], wanted: wanted)
        }
        var code = ExitCode.done
        if changes.isEmpty && !isJSON {
            context.print("neither the file nor the checkpoint has an operator with state")
        }
        for (name, change) in changes.sorted(by: { $0.key < $1.key }) {
            if change.isLoss { code = .refused }
            if isJSON {
                let json: JSONValue = [
                    "operator": .string(name), "change": .string(change.word),
                    "reasons": .array(change.reasons.map { .string($0) }),
                ]
                context.print(json.text)
            } else {
                let why = change.reasons.isEmpty ? "" : ": " + change.reasons.joined(separator: "; ")
                context.print("\(change.word)  \(name)\(why)")
            }
        }
        return code
    }

    /// One line of the plan.
    private struct Line {
        var kind: String
        var name: String
        var says: [(name: String, text: String)]

        var text: String {
            let rest = says.dropFirst().map { "\n    \($0.name): \($0.text)" }.joined()
            return "\(kind) \(name): \(says.first?.text ?? "")\(rest)"
        }
        var json: JSONValue {
            .object(
                [("step", .string(kind)), ("name", .string(name))] + says.map { ($0.name, .string($0.text)) })
        }
    }

    private func lines(_ pipeline: Pipeline, _ dataflow: Dataflow) -> [Line] {
        var lines: [Line] = []
        for (name, source) in pipeline.sources.sorted(by: { $0.key < $1.key }) {
            var line = Line(kind: "source", name: name, says: [("columns", "\(source.schema.count) columns")])
            if let watermark = source.watermark {
                let delay = Double(watermark.delayMicros) / 1_000_000
                line.says.append(("watermark", "the greatest \(watermark.column) less \(delay) s"))
            }
            lines.append(line)
        }
        for transform in pipeline.transforms {
            let steps = dataflow.steps.filter { $0.transform.name == transform.name }
            let reads = Set(transform.plan.inputs).sorted().joined(separator: ", ")
            lines.append(
                Line(
                    kind: "transform", name: transform.name,
                    says: [("reads", "reads \(reads)\(steps.isEmpty ? ", keeps no state" : "")")]))
            for step in steps {
                let state = step.stateDescription
                var says = [("kind", state.kind), ("state", state.kept), ("dropped", state.dropped ?? "never")]
                says.append(("memory", "spills to disk beyond its share"))
                if let warning = state.warning { says.append(("warning", warning)) }
                lines.append(Line(kind: "operator", name: step.name, says: says))
            }
        }
        for guarantee in SinkGuarantee.all(of: pipeline) {
            var says = [("guarantee", "\(guarantee.level.rawValue) (\(guarantee.reason))")]
            if let from = pipeline.sinks[guarantee.sink]?.from { says.append(("from", from)) }
            lines.append(Line(kind: "sink", name: guarantee.sink, says: says))
        }
        return lines
    }
}
