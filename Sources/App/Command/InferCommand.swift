// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText
import StreamCore

/// `millrace infer`
struct InferCommand: Command {
    static let usage = CommandUsage(
        name: "infer", summary: "Propose a schema and a source for a pipeline file by reading samples.",
        discussion: """
            Reads the first records and commits nothing. Every column is proposed as nullable: samples cannot tell that a field \
            is never absent. Add NOT NULL where it must be there.
            """,
        operands: [
            OperandUsage(name: "SOURCE", summary: "A file, folder, glob, or kafka://host:port/topic.")
        ],
        options: [
            OptionUsage(name: "--records", summary: "Read so many records (default: 1000).", value: "N"),
            OptionUsage(
                name: "--records-as", summary: "What records are (default: by their look).", value: "FORMAT",
                choices: ["json", "csv"]),
            OptionUsage(
                name: "--format", summary: "How the answer is written (default: text).", value: "FORMAT",
                choices: ["text", "json"]),
        ],
        examples: [
            ("millrace infer 'input/*.jsonl'", "From files."),
            ("millrace infer kafka://127.0.0.1:9092/iot.readings", "From a topic."),
        ])

    private let place: SourcePlace
    private let records: Int
    private let kind: String?
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        place = try SourcePlace(arguments.operands.first ?? "")
        records = try arguments.count("--records") ?? 1_000
        kind = arguments.value("--records-as")
        isJSON = arguments.value("--format") == "json"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        if place.isMissing {
            throw PipelineError(
                .missingFile, "there is no file or folder '\(place.text)'",
                hint: "Check the path, or name a topic as kafka://host:port/topic")
        }
        let sample = try await RecordSampler(place: place, count: records, log: context.log).run()
        guard !sample.isEmpty else {
            throw PipelineError(.missingFile, "there are no records at '\(place.text)'")
        }
        guard let shape = shape(of: sample) else {
            throw PipelineError(
                .invalidArgument, "the records at '\(place.text)' are neither JSON objects nor separated values",
                hint: "Read them as \"format\": {\"type\": \"text\"} or {\"type\": \"raw\"}")
        }
        var members = place.members
        members += [("format", shape.format), ("schema", .string(shape.ddl))]
        let source = JSONValue.object(members)
        if isJSON {
            let answer: JSONValue = [
                "schema": .string(shape.ddl), "source": source, "records": .number(sample.count),
                "unreadable": .number(shape.unreadable),
            ]
            context.print(answer.text)
        } else {
            context.print(shape.ddl + "\n\n\"sources\": { \"\(place.suggestedName)\": " + source.pretty() + " }")
        }
        if shape.unreadable > 0 {
            context.log.log(.warning, "\(shape.unreadable) of \(sample.count) records do not fit")
        }
        return .done
    }

    private func shape(of sample: [[UInt8]]) -> RecordShape? {
        switch kind {
        case "json": RecordShape.json(sample)
        case "csv": RecordShape.csv(sample)
        default: RecordShape.json(sample) ?? (place.looksLikeCSV ? RecordShape.csv(sample) : nil)
        }
    }
}
