// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore

extension PipelineBuilder {
    /// All sinks that are whole; notes what is wrong with the others.
    mutating func buildSinks() -> [String: SinkDeclaration] {
        var sinks: [String: SinkDeclaration] = [:]
        for entry in root.entries("sinks") {
            guard case .object(let object) = entry.value else { continue }
            let relation = relation(of: object, sink: entry.name)
            guard let connector = sinkConnector(object), let relation else { continue }
            let schema = relation.columns.schema
            check(schema, of: relation.name, fits: connector, at: object.offset(of: "from"))
            if case .delta(let options) = connector {
                checkPartitions(object, schema: schema)
                checkKeys(object, options, schema: schema)
            }
            if case .kafka = connector { checkRecordColumns(object, schema: schema) }
            if case .console = connector {
                problems.warning(
                    at: entry.nameOffset, .invalidPipeline,
                    "the console sink '\(entry.name)' shows rows at least once: again when an epoch is repeated")
            }
            sinks[entry.name] = SinkDeclaration(
                name: entry.name, from: relation.name, schema: schema,
                connector: self.connector(connector, taking: relation, object))
        }
        return sinks
    }

    private mutating func relation(of object: CheckedObject, sink: String) -> Relation? {
        guard let from = object.text("from") else { return nil }
        guard let known = relations[from.value.lowercased()] else {
            let names = (root.entries("sources") + root.entries("transforms")).map(\.name)
            problems.error(
                at: from.offset, .unknownName,
                "sink '\(sink)' reads '\(from.written)', which is no source or transform",
                hint: Suggestion.hint(
                    for: from.written, in: names, otherwise: "the relations are \(names.joined(separator: ", "))"))
            return nil
        }
        relationsRead.insert(from.value.lowercased())
        return known
    }

    /// Where a sink writes.
    private mutating func sinkConnector(_ object: CheckedObject) -> SinkConnector? {
        switch object.kind {
        case "delta":
            guard let table = object.text("table"), isSupported(table) else { return nil }
            var options = DeltaSinkOptions(table: table.value)
            options.partitionBy = object.texts("partitionBy").map(\.value)
            options.mode = object.choice("mode", as: DeltaSinkOptions.Mode.self)
            options.keys = object.texts("keys").map(\.value)
            options.appId = object.text("appId")?.value
            options.schemaEvolution =
                object.choice("schemaEvolution", as: DeltaSinkOptions.SchemaEvolution.self) ?? .none
            options.compression = compression(of: object)
            options.targetFileBytes = object.int("targetFileSize") ?? options.targetFileBytes
            options.properties = object.strings("properties")
            return .delta(options)
        case "files":
            guard let path = object.text("path"), let format = object.object("format"), isSupported(path) else {
                return nil
            }
            var options = FilesSinkOptions(path: path.value)
            options.format = FilesSinkOptions.Format(rawValue: format.kind) ?? .json
            if options.format == .parquet { options.compression = compression(of: format) }
            return .files(options)
        case "kafka": return kafkaSink(object).map { .kafka($0) }
        default:
            var options = ConsoleSinkOptions()
            options.rows = object.int("rows") ?? options.rows
            return .console(options)
        }
    }

    private mutating func isSupported(_ place: SpecText) -> Bool {
        guard place.value.contains("://"), !place.value.hasPrefix("file://") else { return true }
        problems.error(
            at: place.offset, .unsupported, "'\(place.written)' is no local path",
            hint: "write to a path or a file:// URI")
        return false
    }

    private mutating func compression(of object: CheckedObject) -> Compression {
        let (level, name) = (object.int("compressionLevel"), object.text("compression")?.value)
        if level != nil && name != "zstd" {
            problems.error(
                at: object.offset(of: "compressionLevel"), .invalidPipeline, "only zstd has levels",
                hint: "remove 'compressionLevel'")
        }
        switch name {
        case "snappy": return .snappy
        case "none": return .none
        default: return .zstd(level: level ?? 1)
        }
    }

    /// The place for unusable records: as the file says, else a table beside the checkpoint.
    mutating func buildDeadLetters(checkpoint: String) -> SinkConnector? {
        if root.has("deadLetters") { return root.object("deadLetters").flatMap { sinkConnector($0) } }
        let shown = root.text("checkpoint").map(\.written) ?? checkpoint
        problems.warning(
            at: root.offset, .invalidPipeline,
            "there is no 'deadLetters': unusable records go to the Delta table \(Self.table(shown, "dead_letters"))",
            hint: "name a place for them")
        return .delta(DeltaSinkOptions(table: Self.table(checkpoint, "dead_letters")))
    }

    private static func table(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    private mutating func checkPartitions(_ object: CheckedObject, schema: Schema) {
        var seen: Set<String> = []
        for column in object.texts("partitionBy") {
            guard let index = schema.index(of: column.value) else {
                let names = schema.fields.map(\.name)
                problems.error(
                    at: column.offset, .unknownName, "'\(column.written)' is no column of the rows",
                    hint: Suggestion.hint(
                        for: column.written, in: names, otherwise: "the columns are \(names.joined(separator: ", "))"))
                continue
            }
            let field = schema.fields[index]
            switch field.type {
            case .structure, .array, .map, .binary:
                problems.error(
                    at: column.offset, .typeMismatch,
                    "a table cannot be partitioned by '\(field.name)' of type \(field.type)",
                    hint: "partition by a DATE, STRING or number")
            default: break
            }
            if !seen.insert(field.name).inserted {
                problems.error(
                    at: column.offset, .invalidPipeline, "'\(column.written)' is there twice", hint: "remove one")
            }
        }
        if !schema.fields.isEmpty && seen.count == schema.count {
            problems.error(
                at: object.offset(of: "partitionBy"), .invalidPipeline,
                "a table cannot be partitioned by all its columns", hint: "leave one out")
        }
    }

    /// What `upsert` needs: columns of the rows, of types that can be compared.
    private mutating func checkKeys(_ object: CheckedObject, _ options: DeltaSinkOptions, schema: Schema) {
        let keys = object.texts("keys")
        if options.mode == .upsert && keys.isEmpty && !object.has("keys") {
            problems.error(
                at: object.offset(of: "mode"), .invalidPipeline, "mode 'upsert' needs 'keys'",
                hint: "name the columns whose values tell rows apart")
        }
        if options.mode != .upsert && !keys.isEmpty {
            problems.error(
                at: object.offset(of: "keys"), .invalidPipeline,
                "'keys' are for mode 'upsert', and the mode is '\((options.mode ?? .append).rawValue)'",
                hint: "set \"mode\": \"upsert\", or remove 'keys'")
        }
        var seen: Set<String> = []
        for column in keys {
            guard let index = schema.index(of: column.value) else {
                let names = schema.fields.map(\.name)
                problems.error(
                    at: column.offset, .unknownName, "'\(column.written)' is no column of the rows",
                    hint: Suggestion.hint(
                        for: column.written, in: names, otherwise: "the columns are \(names.joined(separator: ", "))"))
                continue
            }
            let field = schema.fields[index]
            switch field.type {
            case .structure, .array, .map:
                problems.error(
                    at: column.offset, .typeMismatch, "'\(field.name)' of type \(field.type) cannot be a key",
                    hint: "use columns of plain types")
            default: break
            }
            if !seen.insert(field.name).inserted {
                problems.error(
                    at: column.offset, .invalidPipeline, "'\(column.written)' is there twice", hint: "remove one")
            }
        }
    }

    /// Types and names that the sink cannot store.
    private mutating func check(_ schema: Schema, of relation: String, fits connector: SinkConnector, at offset: Int) {
        if case .console = connector { return }
        var names: Set<String> = []
        for field in schema.fields {
            if !names.insert(field.name.lowercased()).inserted {
                problems.error(
                    at: offset, .schemaMismatch, "'\(relation)' has two columns named '\(field.name)'",
                    hint: "give one another name with AS")
            }
            // Not an error: a table that exists may map its columns to other names in its files.
            if case .delta = connector, field.name.contains(where: { " ,;{}()\n\t=".contains($0) }) {
                problems.warning(
                    at: offset, .schemaMismatch,
                    "a new Delta table cannot have the column '\(field.name)' of '\(relation)'",
                    hint: "give it another name with AS")
            }
            if let type = Self.unstorable(field.type) {
                problems.error(
                    at: offset, .typeMismatch,
                    "column '\(field.name)' of '\(relation)' is \(type), which cannot be stored",
                    hint: type == .void ? "give NULL a type: CAST(NULL AS STRING)" : "CAST it to STRING or a number")
            }
        }
    }

    private static func unstorable(_ type: DataType) -> DataType? {
        switch type {
        case .void, .dayTimeInterval, .yearMonthInterval: type
        case .structure(let fields): fields.lazy.compactMap { unstorable($0.type) }.first
        case .array(let element, _): unstorable(element)
        case .map(let key, let value, _): unstorable(key) ?? unstorable(value)
        default: nil
        }
    }

    /// Two sinks must not write to one place: neither could know which epochs of the other are there.
    mutating func checkPlaces(sinks: [String: SinkDeclaration], deadLetters: SinkConnector?) {
        var owners: [String: String] = [:]
        for entry in root.entries("sinks") {
            guard let place = sinks[entry.name].flatMap({ Self.place(of: $0.connector) }) else { continue }
            if let owner = owners.updateValue(entry.name, forKey: place) {
                problems.error(
                    at: entry.nameOffset, .invalidPipeline,
                    "sinks '\(owner)' and '\(entry.name)' write to one place",
                    hint: "give each its own, or UNION ALL the rows in a transform")
            }
        }
        if let place = deadLetters.flatMap({ Self.place(of: $0) }), let owner = owners[place] {
            problems.error(
                at: root.offset(of: "deadLetters"), .invalidPipeline,
                "dead letters and sink '\(owner)' write to one place", hint: "give dead letters a table of their own")
        }
    }

    /// The place in a form that is equal for equal places, as far as the text tells.
    private static func place(of connector: SinkConnector) -> String? {
        switch connector {
        case .delta(let options): normal(options.table)
        case .files(let options): normal(options.path)
        case .kafka, .console: nil
        }
    }

    private static func normal(_ path: String) -> String {
        let local = path.hasPrefix("file://") ? String(path.dropFirst(7)) : path
        var parts: [Substring] = []
        for part in local.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
        }
        return (local.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }
}
