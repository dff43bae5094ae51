// SPDX-License-Identifier: Apache-2.0
import JSONText
import StreamCore

/// One epoch as a progress event with the field names of Spark's `StreamingQueryProgress`.
///
/// `batchId` is the epoch. `sinks`, one entry per sink with the table version it made, is ours; Spark has one sink a query.
struct ProgressEvent {
    /// What stays the same for all events of a run.
    struct Identity: Sendable {
        /// Stable over restarts of one definition.
        let id: String
        /// New for each run.
        let runId: String

        /// The identity of a run that starts now.
        init(_ pipeline: Pipeline) {
            id = Self.grouped(String(pipeline.hash.prefix(32)))
            let random = (0..<4).map { _ in String(UInt32.random(in: .min ... .max), radix: 16) }
            runId = Self.grouped(random.map { String(repeating: "0", count: 8 - $0.count) + $0 }.joined())
        }

        /// 32 hex digits in the groups of a UUID.
        private static func grouped(_ digits: String) -> String {
            var rest = digits[...]
            return [8, 4, 4, 4, 12].map { length -> String in
                defer { rest = rest.dropFirst(length) }
                return String(rest.prefix(length))
            }.joined(separator: "-")
        }
    }

    /// The event.
    let json: JSONValue

    /// The event of a confirmed epoch.
    init(
        _ identity: Identity, _ pipeline: Pipeline, _ progress: EpochProgress, previousStartMicros: Int64?, now: Moment
    ) {
        let totalNanos = progress.durationNanos["total"] ?? 0
        let sinceMicros = previousStartMicros.map { progress.startedMicros - $0 } ?? totalNanos / 1_000
        func rates(_ rows: Int) -> [(String, JSONValue)] {
            [
                ("numInputRows", .number(rows)), ("inputRowsPerSecond", Self.rate(rows, micros: sinceMicros)),
                ("processedRowsPerSecond", Self.rate(rows, micros: totalNanos / 1_000)),
            ]
        }
        let members: [(String, JSONValue)] =
            [
                ("id", .string(identity.id)), ("runId", .string(identity.runId)), ("name", .string(pipeline.name)),
                ("timestamp", .string(TimeText.iso(micros: progress.startedMicros))),
                ("batchId", .number(progress.epoch.number)), ("batchDuration", .number(totalNanos / 1_000_000)),
            ] + rates(progress.inputRows) + [
                ("durationMs", Self.durations(progress.durationNanos)), ("eventTime", Self.eventTime(progress)),
                ("stateOperators", Self.operators(progress)),
                (
                    "sources",
                    .array(
                        progress.sources.sorted { $0.key < $1.key }.map { name, source in
                            .object(
                                Self.source(name, source, pipeline.sources[name]) + rates(source.records) + [
                                    (
                                        "metrics",
                                        Self.metrics(source, now)
                                    )
                                ])
                        })
                ),
                ("sink", Self.allSinks(progress)), ("sinks", Self.sinks(progress, pipeline)),
                (
                    "observedMetrics",
                    .object(progress.violations.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })
                ),
            ]
        var all = members
        if let freshness = progress.freshnessMicros { all.append(("freshnessMs", .number(freshness / 1_000))) }
        json = .object(all)
    }

    private static func rate(_ rows: Int, micros: Int64) -> JSONValue {
        micros > 0 ? .number((Double(rows) * 1e7 / Double(micros)).rounded() / 10) : 0
    }

    private static func durations(_ nanos: [String: Int64]) -> JSONValue {
        func millis(_ names: String...) -> JSONValue {
            .number(names.reduce(0) { $0 + (nanos[$1] ?? 0) } / 1_000_000)
        }
        return [
            "latestOffset": millis("plan"), "addBatch": millis("read", "prepare"), "walCommit": millis("checkpoint"),
            "commitBatch": millis("publish"), "triggerExecution": millis("total"),
        ]
    }

    private static func source(
        _ name: String, _ source: EpochProgress.SourceProgress, _ declaration: SourceDeclaration?
    ) -> [(String, JSONValue)] {
        let kind =
            switch declaration?.connector {
            case .kafka: "kafka"
            case .files: "files"
            case .rate: "rate"
            case .iot: "iot"
            case nil: "source"
            }
        let ranges = source.ranges.sorted { $0.key < $1.key }
        let ends = JSONValue.object(ranges.map { ($0.key.name, .number($0.value.end.position)) })
        return [
            ("description", .string("\(kind)[\(name)]")),
            ("startOffset", .object(ranges.map { ($0.key.name, .number($0.value.start.position)) })),
            ("endOffset", ends), ("latestOffset", ends),
        ]
    }

    /// What a source's entry has beyond Spark's fields.
    private static func metrics(_ source: EpochProgress.SourceProgress, _ now: Moment) -> JSONValue {
        var metrics: [(String, JSONValue)] = [
            ("bytes", .number(source.bytes)), ("malformed", .number(source.malformed)),
            ("dropped", .number(source.dropped)),
        ]
        if let lag = source.lag { metrics.append(("lag", .number(lag))) }
        if let watermark = source.watermark, watermark != .none { metrics.append(("watermark", Self.time(watermark))) }
        if let holder = source.holder {
            metrics.append(("watermarkPartition", .string(holder.partition.name)))
            metrics.append(
                ("watermarkHeldSince", .string(TimeText.iso(micros: now.micros(ofNanos: holder.sinceNanos)))))
        }
        return .object(metrics)
    }

    /// The greatest event time of the epoch's records, and the least watermark of the sources that have one.
    private static func eventTime(_ progress: EpochProgress) -> JSONValue {
        var members: [(String, JSONValue)] = []
        if let max = progress.maximumEventMicros { members.append(("max", .string(TimeText.iso(micros: max)))) }
        if let least = progress.sources.values.compactMap(\.watermark).min(), least != .none {
            members.append(("watermark", Self.time(least)))
        }
        return .object(members)
    }

    private static func operators(_ progress: EpochProgress) -> JSONValue {
        .array(
            progress.operators.sorted { $0.key < $1.key }.map { name, state in
                var custom: [(String, JSONValue)] = [
                    ("numOutputRows", .number(state.outputRows)), ("openWindows", .number(state.size.openWindows)),
                    ("spilledBytes", .number(state.size.spilledBytes)), ("timelessRows", .number(state.timelessRows)),
                ]
                if state.watermark != .none { custom.append(("watermark", Self.time(state.watermark))) }
                return .object([
                    ("operatorName", .string(name)), ("numRowsTotal", .number(state.size.rows)),
                    ("numRowsUpdated", .number(state.updatedRows)), ("numRowsRemoved", .number(state.removedRows)),
                    ("memoryUsedBytes", .number(state.size.memoryBytes)),
                    ("numRowsDroppedByWatermark", .number(state.lateRows)), ("customMetrics", .object(custom)),
                ])
            })
    }

    /// A watermark as a time; when everything is closed there is none.
    private static func time(_ watermark: Watermark) -> JSONValue {
        watermark == .end ? "end" : .string(TimeText.iso(micros: watermark.micros))
    }

    private static func allSinks(_ progress: EpochProgress) -> JSONValue {
        let named = progress.sinks.filter { $0.key != EngineParts.deadLetterName }
        return [
            "description": .string(named.keys.sorted().joined(separator: ", ")),
            "numOutputRows": .number(named.values.reduce(0) { $0 + $1.rows }),
        ]
    }

    private static func sinks(_ progress: EpochProgress, _ pipeline: Pipeline) -> JSONValue {
        .array(
            progress.sinks.sorted { $0.key < $1.key }.map { name, sink in
                var members: [(String, JSONValue)] = [
                    ("name", .string(name == EngineParts.deadLetterName ? "deadLetters" : name)),
                    ("numOutputRows", .number(sink.rows)),
                ]
                if sink.files > 0 { members.append(("numFiles", .number(sink.files))) }
                if let version = sink.version { members.append(("version", .number(version))) }
                return .object(members)
            })
    }
}
