// SPDX-License-Identifier: Apache-2.0
import Failures

/// Chooses a target by its name.
enum RecordTargets {
    /// `-`, `kafka://host:port/topic`, a file that ends in `.jsonl`, `.ndjson` or `.json`, or a folder.
    static func target(_ text: String, partitions: Int?, log: Logger) throws(PipelineError) -> any RecordTarget {
        if text == "-" { return OutputTarget() }
        if let (brokers, topic) = try KafkaPlace.split(text) {
            return try KafkaTarget(brokers: brokers, topic: topic, partitions: partitions, log: log)
        }
        if text.contains("://") {
            throw PipelineError(
                .unsupported, "'\(text)' is no place that records can go to",
                hint: "write kafka://host:port/topic, a folder, a file, or -")
        }
        let isFile = [".jsonl", ".ndjson", ".json"].contains { text.hasSuffix($0) }
        return isFile ? try FileTarget(path: text) : try FolderTarget(folder: text)
    }
}
