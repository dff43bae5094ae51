// SPDX-License-Identifier: Apache-2.0
import JSONText
import StreamCore

/// What a sink guarantees with the sources of its pipeline.
struct SinkGuarantee {
    /// How often each input record's effect is in the sink, whatever crashes.
    enum Level: String {
        case exactlyOnce = "exactly-once"
        case atLeastOnce = "at-least-once"
    }

    let sink: String
    let level: Level
    let reason: String

    /// The guarantees of all sinks, dead letters included. Every source of this build can be read again at the same offsets.
    static func all(of pipeline: Pipeline) -> [SinkGuarantee] {
        var guarantees = pipeline.sinks.values.sorted { $0.name < $1.name }.map { of($0.connector, name: $0.name) }
        if let deadLetters = pipeline.deadLetters { guarantees.append(of(deadLetters, name: "deadLetters")) }
        return guarantees
    }

    private static func of(_ connector: SinkConnector, name: String) -> SinkGuarantee {
        switch connector {
        case .delta(let options) where options.mode == .upsert:
            SinkGuarantee(
                sink: name, level: .exactlyOnce,
                reason: "each epoch is one commit with its number that replaces the rows with equal "
                    + "\(options.keys.joined(separator: ", ")); a repeated epoch finds it and is skipped")
        case .delta(let options) where options.mode == .complete:
            SinkGuarantee(
                sink: name, level: .exactlyOnce,
                reason: "each epoch replaces the table in one commit with its number; a repeated epoch is skipped")
        case .delta:
            SinkGuarantee(
                sink: name, level: .exactlyOnce,
                reason: "each epoch is one commit with its number; a repeated epoch finds it and is skipped")
        case .files:
            SinkGuarantee(
                sink: name, level: .exactlyOnce,
                reason: "files are named after the epoch and appear whole; a repeated epoch replaces its own")
        case .kafka(let options) where options.delivery == .early:
            SinkGuarantee(
                sink: name, level: .atLeastOnce,
                reason: "records are sent as they come; a repeated epoch sends its own again")
        case .kafka:
            SinkGuarantee(
                sink: name, level: .exactlyOnce,
                reason: "each epoch is one transaction that also commits its number; "
                    + "for consumers with isolation.level=read_committed")
        case .console:
            SinkGuarantee(sink: name, level: .atLeastOnce, reason: "rows of a repeated epoch are shown again")
        }
    }

    /// The guarantee in a sentence.
    var text: String { "sink '\(sink)': \(level.rawValue) (\(reason))" }

    /// The guarantee as one JSON object.
    func json(file: String) -> JSONValue {
        [
            "file": .string(file), "sink": .string(sink), "guarantee": .string(level.rawValue),
            "reason": .string(reason),
        ]
    }
}
