// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import StreamCore

/// What `prepare` of a Kafka sink made: all that a later process needs to publish it.
struct KafkaSinkToken: Hashable {
    static let format: Int64 = 1

    /// Unique for each `prepare`; tells our transaction of an epoch from somebody else's.
    let id: String
    /// The topic that the epoch was prepared for.
    let topic: String
    let rowCount: Int
    let files: [File]
    /// Whether the topic had the epoch already when it was prepared again, so that nothing is left to publish.
    var isDone = false

    /// A spool file with so many records.
    struct File: Hashable {
        let name: String
        let records: Int
    }

    init(id: String, topic: String, rowCount: Int, files: [File], isDone: Bool = false) {
        self.id = id
        self.topic = topic
        self.rowCount = rowCount
        self.files = files
        self.isDone = isDone
    }

    var text: String {
        let files = files.map { ["name": .string($0.name), "records": .number($0.records)] as JSONValue }
        let json: JSONValue = [
            "format": .number(Self.format), "id": .string(id), "topic": .string(topic), "rows": .number(rowCount),
            "files": .array(files), "done": .boolean(isDone),
        ]
        return json.text
    }

    /// Reads a token of the checkpoint.
    ///
    /// - Throws: `corruptCheckpoint` when it is none of ours or of a newer format.
    init(_ token: SinkToken) throws(PipelineError) {
        let json = try? JSONValue(parsing: token.text)
        guard let json, json["format"]?.int64 == Self.format, let id = json["id"]?.string,
            let topic = json["topic"]?.string, let rows = json["rows"]?.int64, let files = json["files"]?.elements,
            let isDone = json["done"]?.boolean
        else {
            throw PipelineError(
                .corruptCheckpoint, "the checkpoint holds a token that this Kafka sink cannot read",
                hint: "Use the release that wrote the checkpoint, or restore it")
        }
        self.id = id
        self.topic = topic
        self.isDone = isDone
        rowCount = Int(rows)
        self.files = files.compactMap { file in
            guard let name = file["name"]?.string, let records = file["records"]?.int64 else { return nil }
            return File(name: name, records: Int(records))
        }
    }
}
