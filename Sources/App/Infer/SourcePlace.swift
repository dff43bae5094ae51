// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import StreamCore

/// Where records are, as a command line names it: a path, glob, or `kafka://host:port/topic`.
struct SourcePlace: Sendable {
    /// As written.
    let text: String
    /// The same for a source.
    let connector: SourceConnector

    /// Reads a place.
    init(_ text: String) throws(PipelineError) {
        self.text = text
        if let (brokers, topic) = try KafkaPlace.split(text) {
            var options = KafkaSourceOptions(brokers: brokers)
            options.topics = [topic]
            connector = .kafka(options)
        } else {
            let path = text.hasPrefix("file://") ? String(text.dropFirst(7)) : text
            connector = .files(FilesSourceOptions(path: path))
        }
    }

    /// The keys of a source in a pipeline file.
    var members: [(String, JSONValue)] {
        switch connector {
        case .kafka(let options):
            [
                ("type", "kafka"), ("brokers", .string(options.brokers)),
                ("topics", .array(options.topics.map { .string($0) })),
            ]
        case .files(let options): [("type", "files"), ("path", .string(options.path))]
        default: []
        }
    }

    /// A name for the source, out of its place.
    var suggestedName: String {
        let last = text.split(separator: "/").last { !$0.contains("*") } ?? "records"
        let stem = last.split(separator: ".").first ?? last
        let topic: Substring = if case .kafka(let options) = connector { options.topics[0][...] } else { stem }
        let name = String(topic.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return name.first?.isNumber ?? true ? "records" : name
    }

    /// Whether it is a path, not a pattern, at which there is nothing.
    var isMissing: Bool {
        guard case .files(let options) = connector, !options.path.contains(where: { "*?[{".contains($0) }) else {
            return false
        }
        return LocalFile.kind(of: options.path) == .nothing
    }

    /// Whether the name says that it holds separated values.
    var looksLikeCSV: Bool {
        if case .kafka = connector { return true }
        return [".csv", ".tsv", ".txt"].contains { text.contains($0) } || LocalFile.kind(of: text) == .folder
    }
}

/// `kafka://host:port[,host:port]/topic`
enum KafkaPlace {
    /// Brokers and topic; `nil` when the text is no Kafka URI.
    static func split(_ text: String) throws(PipelineError) -> (brokers: String, topic: String)? {
        guard text.hasPrefix("kafka://") else { return nil }
        let parts = text.dropFirst(8).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw PipelineError(
                .invalidArgument, "'\(text)' names no topic", hint: "write it as kafka://host:port/topic")
        }
        return (String(parts[0]), String(parts[1]))
    }
}
