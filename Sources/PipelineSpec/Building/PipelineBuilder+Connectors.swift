// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore

extension PipelineBuilder {
    /// Where the records of a source are. With a mistake, which has been noted, it is still of its kind: for the columns.
    mutating func connector(of object: CheckedObject) -> SourceConnector? {
        switch object.kind {
        case "kafka": .kafka(kafka(object))
        case "files": .files(files(object))
        case "rate": .rate(generated(object))
        case "iot": .iot(generated(object))
        default: nil
        }
    }

    private mutating func kafka(_ object: CheckedObject) -> KafkaSourceOptions {
        let (topics, pattern) = (object.texts("topics"), object.text("topicPattern"))
        if object.has("topics") == object.has("topicPattern") {
            problems.error(
                at: object.offset, .invalidPipeline,
                object.has("topics")
                    ? "the source has 'topics' and 'topicPattern' at once" : "the source names no topic",
                hint: "give exactly one of topics, topicPattern")
        }
        var options = KafkaSourceOptions(brokers: object.text("brokers")?.value ?? "")
        options.topics = topics.map(\.value)
        options.topicPattern = pattern?.value
        options.properties = object.strings("properties")
        options.onDataLoss = object.choice("onDataLoss", as: KafkaSourceOptions.OnDataLoss.self) ?? .fail
        if object.text("startingOffsets")?.value == "latest" { options.startingOffsets = .latest }
        if let start = object.object("startingOffsets") {
            if let micros = start.number("timestamp") { options.startingOffsets = .timestamp(micros: micros) }
            let entries = start.entries("offsets")
            if !entries.isEmpty {
                options.startingOffsets = .offsets(startingOffsets(entries, topics: options.topics))
            }
        }
        return options
    }

    private mutating func startingOffsets(_ entries: [CheckedEntry], topics: [String]) -> SourceOffsets {
        var offsets: SourceOffsets = [:]
        for entry in entries {
            guard case .number(let position) = entry.value else { continue }
            let parts = entry.name.split(separator: "-", omittingEmptySubsequences: false)
            let topic = parts.dropLast().joined(separator: "-")
            if parts.count < 2 || Int32(parts[parts.count - 1]) == nil {
                problems.error(
                    at: entry.nameOffset, .invalidPipeline, "'\(entry.name)' is no topic-partition",
                    hint: "write it as \"iot.readings-0\"")
            } else if !topics.isEmpty && !topics.contains(topic) {
                problems.error(
                    at: entry.nameOffset, .unknownName, "'\(topic)' is none of the source's topics",
                    hint: Suggestion.hint(for: topic, in: topics))
            }
            offsets[SourcePartition(entry.name)] = Offset(position)
        }
        return offsets
    }

    private mutating func files(_ object: CheckedObject) -> FilesSourceOptions {
        if object.has("archiveTo") && object.boolean("deleteAfter") == true {
            problems.error(
                at: object.offset(of: "archiveTo"), .invalidPipeline, "files cannot be archived and deleted",
                hint: "give one of archiveTo, deleteAfter")
        }
        var options = FilesSourceOptions(path: object.text("path")?.value ?? "")
        options.recursive = object.boolean("recursive") ?? false
        options.maxFileAgeMicros = object.number("maxFileAge")
        options.archiveTo = object.text("archiveTo")?.value
        options.deleteAfter = object.boolean("deleteAfter") ?? false
        return options
    }

    private mutating func generated(_ object: CheckedObject) -> RateSourceOptions {
        if !object.has("rows") && !object.has("rowsPerSecond") {
            problems.error(
                at: object.offset, .invalidPipeline, "rows without number and without rate never end",
                hint: "give \"rows\", \"rowsPerSecond\" or both")
        }
        var options = RateSourceOptions()
        options.rowsPerSecond = object.int("rowsPerSecond")
        options.rows = object.int("rows")
        options.partitions = object.int("partitions") ?? options.partitions
        options.seed = object.number("seed").map { UInt64(clamping: $0) } ?? options.seed
        options.devices = object.int("devices") ?? options.devices
        options.startMicros = object.number("startTime") ?? options.startMicros
        return options
    }
}
