// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore

extension PipelineBuilder {
    /// All sources that are whole; notes what is wrong with the others.
    mutating func buildSources() -> [String: SourceDeclaration] {
        let named = namesInSQL()
        var sources: [String: SourceDeclaration] = [:]
        for entry in root.entries("sources") {
            relations[entry.name.lowercased()] = .some(nil)
            guard case .object(let object) = entry.value else { continue }
            let connector = connector(of: object)
            let format = format(of: object, connector: connector)
            let schema = schema(of: object, generated: connector?.generatedSchema, format: format, name: entry.name)
            guard let connector, let format, let schema else { continue }
            let hidden = connector.metadataFields.filter { named.contains($0.name) && schema.index(of: $0.name) == nil }
            let watermark = watermark(of: object, schema: schema)
            let eventTime = watermark.flatMap { schema.index(of: $0.column) }
            let columns = RelationSchema(
                schema, hiddenFields: hidden, eventTimes: Set(eventTime.map { [$0] } ?? []))
            relations[entry.name.lowercased()] = Relation(name: entry.name, columns: columns)
            sources[entry.name] = SourceDeclaration(
                name: entry.name, connector: connector, format: format, schema: schema, metadataColumns: hidden,
                unknownFields: object.choice("unknownFields", as: SourceDeclaration.UnknownFields.self) ?? .ignore,
                onMalformed: object.choice("onMalformed", as: SourceDeclaration.MalformedAction.self) ?? .deadLetter,
                expectations: buildExpectations(of: object, over: columns),
                watermark: watermark, limits: limits(of: object))
        }
        return sources
    }

    /// Every name that stands in some SQL of the file, in lower case: which metadata columns may be meant.
    private func namesInSQL() -> Set<String> {
        var names: Set<String> = []
        for entry in root.entries("sources") + root.entries("transforms") {
            guard case .object(let object) = entry.value else { continue }
            names.formUnion(object.texts("keys").map { $0.value.lowercased() })
            if let sql = object.text("sql") { names.formUnion(SQLPlanner.names(in: sql.value)) }
            for expectation in object.objects("expect") {
                if let condition = expectation.text("condition") {
                    names.formUnion(SQLPlanner.names(in: condition.value))
                }
            }
        }
        return names
    }

    private mutating func schema(
        of object: CheckedObject, generated: Schema?, format: RecordFormat?, name: String
    ) -> Schema? {
        if let generated { return generated }
        let fixed: Schema? =
            switch format {
            case .text: Schema([Field("value", .string, nullable: false)])
            case .raw: Schema([Field("value", .binary, nullable: false)])
            default: nil
            }
        if let fixed {
            if object.has("schema") {
                problems.error(
                    at: object.offset(of: "schema"), .invalidPipeline,
                    "this format has the one column \(fixed.fields[0].name) \(fixed.fields[0].type)",
                    hint: "remove 'schema'")
            }
            return fixed
        }
        guard let ddl = object.text("schema") else {
            if !object.has("schema") {
                problems.error(
                    at: object.offset, .invalidPipeline, "'schema' is missing in source '\(name)'",
                    hint: "add \"schema\": \"column TYPE, …\"; 'millrace infer' proposes one")
            }
            return nil
        }
        do throws(SQLErrors) {
            return withUnknown(try Schema(parsingDDL: ddl.value), object, format, name: name)
        } catch {
            note(error, in: ddl)
            return nil
        }
    }

    /// The schema with the columns for fields that it lacks, when the source asks for them.
    private mutating func withUnknown(
        _ schema: Schema, _ object: CheckedObject, _ format: RecordFormat?, name: String
    ) -> Schema {
        guard let choice = object.choice("unknownFields", as: SourceDeclaration.UnknownFields.self) else {
            return schema
        }
        if case .csv(let csv) = format, choice != .ignore, !csv.header {
            problems.error(
                at: object.offset(of: "unknownFields"), .unsupported,
                "fields of CSV without a header have no names to keep or refuse", hint: "remove 'unknownFields'")
        }
        var fields = schema.fields
        switch choice {
        case .ignore, .reject: break
        case .rescue, .evolve:
            if schema.index(of: "_rescued") == nil { fields.append(Field("_rescued", .string)) }
        }
        if choice == .evolve {
            for field in discovered[name] ?? [] where schema.index(of: field.name) == nil { fields.append(field) }
        }
        return Schema(fields)
    }

    private mutating func format(of object: CheckedObject, connector: SourceConnector?) -> RecordFormat? {
        if connector?.generatedSchema != nil { return .native }
        guard let format = object.object("format") else { return nil }
        let unit = format.choice("timestampUnit", as: JSONFormatOptions.TimestampUnit.self) ?? .seconds
        switch format.kind {
        case "json":
            var options = JSONFormatOptions()
            options.timestampUnit = unit
            return .json(options)
        case "csv":
            var options = CSVFormatOptions()
            options.timestampUnit = unit
            options.header = format.boolean("header") ?? false
            options.nullValue = format.text("nullValue")?.value ?? ""
            options.delimiter = oneByte(format, "delimiter") ?? options.delimiter
            options.quote = oneByte(format, "quote") ?? options.quote
            if case .kafka = connector, options.header {
                problems.error(
                    at: format.offset(of: "header"), .invalidPipeline, "records of Kafka have no header line",
                    hint: "remove 'header'; columns are taken in the order of the schema")
            }
            return .csv(options)
        case "text": return .text
        default: return .raw
        }
    }

    private mutating func oneByte(_ format: CheckedObject, _ key: String) -> UInt8? {
        guard let text = format.text(key) else { return nil }
        if text.value.utf8.count == 1, let byte = text.value.utf8.first, byte != 10, byte != 13 { return byte }
        problems.error(
            at: text.offset, .invalidPipeline, "'\(key)' is not one character of ASCII",
            hint: "for example \";\" or \"\\t\"")
        return nil
    }

    private mutating func watermark(of object: CheckedObject, schema: Schema) -> WatermarkDeclaration? {
        guard let watermark = object.object("watermark"), let column = watermark.text("column"),
            let delay = watermark.number("delay")
        else { return nil }
        guard let index = schema.index(of: column.value) else {
            problems.error(
                at: column.offset, .unknownName, "'\(column.written)' is no column of the source",
                hint: Suggestion.hint(
                    for: column.written, in: schema.fields.map(\.name),
                    otherwise: "the columns are \(schema.fields.map(\.name).joined(separator: ", "))"))
            return nil
        }
        guard schema.fields[index].type == .timestamp else {
            problems.error(
                at: column.offset, .typeMismatch,
                "the event time '\(column.written)' is \(schema.fields[index].type), not TIMESTAMP",
                hint: "declare the column as TIMESTAMP")
            return nil
        }
        return WatermarkDeclaration(
            column: schema.fields[index].name, delayMicros: delay, idleAfterMicros: watermark.number("idleAfter"))
    }
}
