// SPDX-License-Identifier: Apache-2.0
import Failures
import PipelineSpec
import Sources
import StreamCore

/// `millrace generate iot`
struct GenerateCommand: Command {
    static let usage = CommandUsage(
        name: "generate iot", summary: "Make readings of devices, as JSON records: the same ones for the same seed.",
        options: [
            OptionUsage(
                name: "--to", summary: "kafka://host:port/topic, a folder, a .jsonl file, or - for standard output.",
                value: "PLACE", completion: .files),
            OptionUsage(
                name: "--rows", summary: "So many records (default: 10000; with --rate: until stopped).", value: "N"),
            OptionUsage(
                name: "--rate", summary: "Records a second (default: as fast as they are taken).", value: "N"),
            OptionUsage(name: "--seed", summary: "The seed (default: 1).", value: "S"),
            OptionUsage(name: "--devices", summary: "How many devices (default: 1000).", value: "N"),
            OptionUsage(
                name: "--start", summary: "Event time of the first record, or now (default: 2026-01-01T00:00:00Z).",
                value: "TIME"),
            OptionUsage(
                name: "--partitions", summary: "Make the topic with so many partitions when it is not there.",
                value: "N"),
        ],
        examples: [
            ("millrace generate iot --rows 3 --to -", "Look at three records."),
            ("millrace generate iot --rows 1000000 --to input", "A million records in the folder input."),
            (
                "millrace generate iot --rate 5000 --start now --to kafka://127.0.0.1:9092/iot.readings",
                "A steady stream, until Ctrl-C."
            ),
        ])

    private let place: String
    private let rows: Int?
    private let rate: Int?
    private let seed: UInt64
    private let devices: Int
    private let startMicros: Int64
    private let partitions: Int?

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        guard let place = arguments.value("--to") else {
            throw PipelineError(
                .invalidArgument, "'--to' is missing", hint: "for example --to - or --to kafka://127.0.0.1:9092/topic")
        }
        self.place = place
        rate = try arguments.count("--rate")
        rows = try arguments.count("--rows") ?? (rate == nil ? 10_000 : nil)
        devices = try arguments.count("--devices") ?? 1_000
        partitions = try arguments.count("--partitions")
        let text = arguments.value("--seed") ?? "1"
        guard let seed = UInt64(text) else {
            throw PipelineError(.invalidArgument, "'--seed \(text)' is not an integer from 0")
        }
        self.seed = seed
        switch arguments.value("--start") {
        case nil: startMicros = RateSourceOptions().startMicros
        case "now": startMicros = SystemClock().nowMicros
        case let text?:
            guard let micros = Instant.parsedMicros(text) else {
                throw PipelineError(
                    .invalidArgument, "'--start \(text)' is no time", hint: "write it as 2026-01-31T08:00:00Z, or now")
            }
            startMicros = micros
        }
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        let stop = StopSignal()
        let signals = Signals { _ in stop.raise() }
        defer { withExtendedLifetime(signals) {} }
        let generator = IoTGenerator(
            seed: seed, devices: devices, start: startMicros,
            intervalMicros: rate.map { max(1, 1_000_000 / Int64($0)) } ?? 1_000)
        let feed = ReadingFeed(generator: generator, rows: rows, rowsPerSecond: rate, stop: stop)
        let target = try RecordTargets.target(place, partitions: partitions, log: context.log)
        let done = try await feed.run(into: target)
        context.log.log(.info, "generated \(NumberText.grouped(done)) records", [("to", place)])
        return .done
    }
}
