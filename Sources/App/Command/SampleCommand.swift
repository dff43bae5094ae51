// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import PipelineSpec
import StreamCore

/// `millrace sample`
struct SampleCommand: Command {
    static let usage = CommandUsage(
        name: "sample", summary: "Show some rows of a source or transform, without writing anything.",
        discussion: """
            Reads from the start of each source, not from the checkpoint, and commits nothing. A transform that keeps state or \
            looks rows up gives what the first 100,000 records of each source lead to, with all windows closed.
            """,
        operands: [
            OperandUsage(name: "PIPELINE", summary: "A pipeline file."),
            OperandUsage(name: "RELATION", summary: "A source or transform of it.", completion: .none),
        ],
        options: [
            OptionUsage(name: "--rows", summary: "At most so many rows (default: 20).", value: "N"),
            OptionUsage(
                name: "--format", summary: "How rows are written (default: table).", value: "FORMAT",
                choices: ["table", "json"]),
            OptionUsage(
                name: "--set", summary: "Lay a value over the file, at a dotted path.", value: "PATH=VALUE",
                isRepeated: true),
        ],
        examples: [
            ("millrace sample examples/iot-files/pipeline.json good --rows 5", "Five rows of a transform."),
            ("millrace sample examples/rollup/pipeline.json rollup", "What its windows will hold."),
        ])

    private let path: String
    private let relation: String
    private let rows: Int
    private let isJSON: Bool
    private let overrides: [String]

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        path = arguments.operands.first ?? ""
        relation = arguments.operands.last ?? ""
        rows = try arguments.count("--rows") ?? 20
        isJSON = arguments.value("--format") == "json"
        overrides = arguments.all("--set")
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        guard let (pipeline, redactor) = try context.loadOrExplain(path, overrides: overrides) else {
            return .wrongInput
        }
        let names = pipeline.sources.keys.sorted() + pipeline.transforms.map(\.name)
        guard let name = names.first(where: { $0.lowercased() == relation.lowercased() }) else {
            throw PipelineError(
                .unknownName, "'\(relation)' is no source or transform of the pipeline",
                hint: SpellingHint.hint(
                    for: relation, in: names, otherwise: "the relations are \(names.joined(separator: ", "))"))
        }
        var log = context.log.labelled(pipeline.name)
        log.redactor = redactor
        let sample: RelationSampler.Sample
        if RelationTrial.isNeeded(for: name, in: pipeline) {
            let folder = try TemporaryFolder(environment: context.environment)
            defer { folder.remove() }
            let trial = RelationTrial(pipeline: pipeline, relation: name, rows: rows, folder: folder.path, log: log)
            sample = try await trial.run()
        } else {
            sample = try await RelationSampler(pipeline: pipeline, relation: name, rows: rows, log: log).run()
        }
        if isJSON {
            for row in sample.rows { context.print(ValueText.line(row, sample.schema)) }
        } else {
            context.print(ValueText.table(sample.rows, sample.schema))
        }
        for message in sample.rejected.prefix(5) { log.log(.warning, message) }
        if sample.rejected.count > 5 { log.log(.warning, "and \(sample.rejected.count - 5) more unusable records") }
        return .done
    }
}
