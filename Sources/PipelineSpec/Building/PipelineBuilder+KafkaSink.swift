// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension PipelineBuilder {
    /// The options of a Kafka sink.
    mutating func kafkaSink(_ object: CheckedObject) -> KafkaSinkOptions? {
        guard let brokers = object.text("brokers"), let topic = object.text("topic") else { return nil }
        var options = KafkaSinkOptions(brokers: brokers.value, topic: topic.value)
        options.key = Self.keyColumns(object).map(\.value)
        options.headers = object.strings("headers")
        options.appId = object.text("appId")?.value
        options.delivery = object.choice("delivery", as: KafkaSinkOptions.Delivery.self) ?? .transactional
        options.properties = object.strings("properties")
        return options
    }

    private static func keyColumns(_ object: CheckedObject) -> [SpecText] {
        object.text("key").map { [$0] } ?? object.texts("key")
    }

    /// Key and headers must be columns of the rows, each once.
    mutating func checkRecordColumns(_ object: CheckedObject, schema: Schema) {
        var seen: Set<String> = []
        for column in Self.keyColumns(object) {
            checkColumn(column, schema)
            if !seen.insert(column.value).inserted {
                problems.error(
                    at: column.offset, .invalidPipeline, "'\(column.written)' is there twice", hint: "remove one")
            }
        }
        let headers = object.entries("headers")
        for header in headers { if case .text(let column) = header.value { checkColumn(column, schema) } }
        if headers.count > 32 {
            problems.error(
                at: object.offset(of: "headers"), .invalidPipeline, "a record can have 32 headers here at most",
                hint: "put the others in the value")
        }
    }

    private mutating func checkColumn(_ column: SpecText, _ schema: Schema) {
        if schema.index(of: column.value) != nil { return }
        let names = schema.fields.map(\.name)
        problems.error(
            at: column.offset, .unknownName, "'\(column.written)' is no column of the rows",
            hint: Suggestion.hint(
                for: column.written, in: names, otherwise: "the columns are \(names.joined(separator: ", "))"))
    }
}
