// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText
import StreamCore

extension ScenarioBuilder {
    /// What must be true, with names and values checked.
    mutating func expectation(of object: CheckedObject, isEnd: Bool) -> ScenarioExpectation {
        var rows: [ScenarioExpectation.Rows] = []
        for entry in object.entries("rows") {
            if let checked = self.rows(of: entry, isEnd: isEnd) { rows.append(checked) }
        }
        let letters = object.objects("deadLetters").map { letter(of: $0) }
        return ScenarioExpectation(
            position: document.position(of: object.offset), rows: rows,
            deadLetters: object.has("deadLetters") ? letters : nil, watermarks: watermarks(of: object),
            counts: counts(of: object.object("counts")), failure: failure(of: object.object("error")))
    }

    private mutating func rows(of entry: CheckedEntry, isEnd: Bool) -> ScenarioExpectation.Rows? {
        guard let (name, schema) = relation(entry.name) else {
            let names = pipeline.sinks.keys.sorted() + pipeline.sources.keys.sorted() + pipeline.transforms.map(\.name)
            unknown(entry.name, at: entry.nameOffset, among: names, what: "sink, source or transform")
            return nil
        }
        var (written, options): ([JSONValue], CheckedObject?) = ([], nil)
        switch entry.value {
        case .list(let elements): written = elements.compactMap { if case .json(let row) = $0 { row } else { nil } }
        case .object(let object): (written, options) = (object.jsonList("rows"), object)
        default: return nil
        }
        var columns = Array(schema.fields.indices)
        if options?.text("columns")?.value == "named" {
            let named = Set(written.flatMap { ($0.members ?? []).map(\.name) })
            columns = columns.filter { named.contains(schema.fields[$0].name) }
        }
        var rows: [[Value]] = []
        for json in written { if let row = row(json, columns, schema, of: entry.name) { rows.append(row) } }
        var latestBy: [Int] = []
        for column in options?.texts("latestBy") ?? [] {
            if let index = schema.index(of: column.value) {
                latestBy.append(index)
            } else {
                unknownColumn(column.written, at: column.offset, schema, of: entry.name)
            }
        }
        return ScenarioExpectation.Rows(
            name: name, position: document.position(of: entry.nameOffset), schema: schema, columns: columns,
            rows: rows, isNewOnly: options?.text("of").map { $0.value == "new" } ?? !isEnd,
            isOrdered: options?.boolean("ordered") ?? false, latestBy: latestBy)
    }

    /// The sink, else the source or transform of that name, and its columns.
    private func relation(_ name: String) -> (name: String, schema: Schema)? {
        if let sink = pipeline.sinks[name] { return (name, sink.schema) }
        if let source = pipeline.sources.values.first(where: { $0.name.lowercased() == name.lowercased() }) {
            return (source.name, Schema(source.schema.fields + source.metadataColumns))
        }
        let transform = pipeline.transforms.first { $0.name.lowercased() == name.lowercased() }
        return transform.map { ($0.name, $0.plan.schema) }
    }

    /// A row of a relation as values of `columns`; `nil` when something is wrong with it, which has then been noted.
    mutating func row(
        _ json: JSONValue, _ columns: [Int], _ schema: Schema, of relation: String
    ) -> [Value]? {
        guard let members = json.members else {
            problems.error(
                at: json.offset, .invalidPipeline, "a row of '\(relation)' is \(json.kindName), not an object",
                hint: "write {\"column\": value, …}")
            return nil
        }
        for member in members where !schema.fields.contains(where: { $0.name == member.name }) {
            unknownColumn(member.name, at: member.nameOffset, schema, of: relation)
        }
        var row: [Value] = []
        for column in columns {
            let field = schema.fields[column]
            let written = json[field.name] ?? nil
            if let value = ExpectedValue.value(written, field.type) {
                row.append(value)
            } else {
                problems.error(
                    at: written.offset, .typeMismatch,
                    "\(written.kindName) cannot be a value of '\(field.name)' \(field.type): \(written.text)")
            }
        }
        return row.count == columns.count ? row : nil
    }

    private mutating func unknownColumn(_ name: String, at offset: Int, _ schema: Schema, of relation: String) {
        let names = schema.fields.map(\.name)
        problems.error(
            at: offset, .unknownName, "'\(name)' is no column of '\(relation)'",
            hint: Suggestion.hint(for: name, in: names, otherwise: "the columns are \(names.joined(separator: ", "))"))
    }

    private func letter(of object: CheckedObject) -> ScenarioExpectation.Letter {
        ScenarioExpectation.Letter(
            source: object.text("source")?.value, partition: object.text("partition")?.value,
            position: object.number("position"), stage: object.text("stage")?.value, code: object.text("code")?.value,
            message: object.text("message")?.value, raw: object.json("raw").map { Self.record($0) })
    }

    private mutating func watermarks(of object: CheckedObject) -> [(name: String, micros: Int64?)] {
        let names = pipeline.sources.keys.sorted() + pipeline.transforms.map(\.name)
        var watermarks: [(name: String, micros: Int64?)] = []
        for entry in object.entries("watermarks") {
            // An operator is named after its transform, with a number behind it when there are several.
            let base = entry.name.split(separator: ".").first.map(String.init) ?? entry.name
            if !names.contains(base) {
                unknown(entry.name, at: entry.nameOffset, among: names, what: "source or transform")
            }
            guard case .text(let text) = entry.value else { continue }
            let micros = InstantText.micros(text.value)
            if micros == nil && text.value != "none" {
                problems.error(
                    at: text.offset, .invalidPipeline, "'\(text.written)' is no time",
                    hint: "\(InstantText.hint), or \"none\"")
            }
            watermarks.append((entry.name, micros))
        }
        return watermarks
    }

    private func counts(of object: CheckedObject?) -> ScenarioExpectation.Counts {
        var counts = ScenarioExpectation.Counts()
        guard let object else { return counts }
        counts.epochs = object.number("epochs")
        counts.records = object.number("records")
        counts.malformed = object.number("malformed")
        counts.deadLetters = object.number("deadLetters")
        counts.late = object.number("late")
        for entry in object.entries("violations") {
            if case .number(let count) = entry.value { counts.violations.append((entry.name, count)) }
        }
        return counts
    }

    private mutating func failure(of object: CheckedObject?) -> ScenarioExpectation.Failure? {
        guard let object else { return nil }
        let code = object.text("code")
        if let code, PipelineError.Code(rawValue: code.value) == nil {
            let names = PipelineError.Code.allCases.map(\.rawValue)
            problems.error(
                at: code.offset, .unknownName, "'\(code.written)' is no code of an error",
                hint: Suggestion.hint(for: code.written, in: names))
        }
        return ScenarioExpectation.Failure(code: code?.value, message: object.text("message")?.value)
    }
}
