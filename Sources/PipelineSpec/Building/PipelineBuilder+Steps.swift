// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore

extension PipelineBuilder {
    /// What a transform does; nothing when keys are missing or do not belong there, which is noted.
    mutating func work(of object: CheckedObject) -> WaitingTransform.Work? {
        if let sql = object.text("sql") {
            for key in ["from", "keys", "within"] where object.has(key) {
                problems.error(
                    at: object.offset(of: key), .invalidPipeline, "'\(key)' belongs to 'op', not to 'sql'",
                    hint: "say it in the SQL")
            }
            return .sql(sql)
        }
        guard object.text("op") != nil else { return nil }
        for key in ["from", "keys"] where !object.has(key) {
            problems.error(
                at: object.offset, .invalidPipeline, "'\(key)' is missing in 'deduplicate'",
                hint: key == "from" ? "name the relation it reads" : "name the columns that tell rows apart")
        }
        for key in ["outputMode", "allowedLateness"] where object.has(key) {
            problems.error(
                at: object.offset(of: key), .invalidPipeline, "'\(key)' is for groups, and 'deduplicate' makes none",
                hint: "remove it")
        }
        return object.text("from").map { .deduplicate($0) }
    }

    /// The first row of each key.
    mutating func deduplicate(
        _ transform: WaitingTransform, _ from: SpecText
    ) -> (RelationPlan, RelationSchema)? {
        guard case let relation?? = relations[from.value.lowercased()] else { return nil }
        let (columns, object) = (relation.columns, transform.object)
        let row = columns.rowSchema
        var keys: [Expression] = []
        var positions: Set<Int> = []
        for key in object.texts("keys") {
            guard let index = row.index(of: key.value) else {
                let names = columns.schema.fields.map(\.name)
                problems.error(
                    at: key.offset, .unknownName, "'\(key.written)' is no column of '\(relation.name)'",
                    hint: Suggestion.hint(
                        for: key.written, in: names, otherwise: "the columns are \(names.joined(separator: ", "))"))
                continue
            }
            let field = row.fields[index]
            if case .map = field.type {
                problems.error(
                    at: key.offset, .typeMismatch, "'\(field.name)' of type \(field.type) cannot be a key",
                    hint: "use another column")
            }
            if positions.insert(index).inserted {
                keys.append(
                    Expression(.column(index), type: field.type, nullable: field.nullable, text: field.name))
            }
        }
        guard keys.count == object.texts("keys").count, !keys.isEmpty else { return nil }
        let times = columns.eventTimes.filter { row.fields[$0].type == .timestamp }.sorted()
        let within = object.number("within")
        if within != nil && times.isEmpty {
            problems.error(
                at: object.offset(of: "within"), .invalidPipeline, "'\(relation.name)' has no column of a watermark",
                hint: "give the source a 'watermark', and keep its column, or remove 'within'")
            return nil
        }
        let keyTime = times.first { positions.contains($0) }
        if within == nil && keyTime == nil {
            problems.warning(
                at: transform.nameOffset, .invalidPipeline,
                "'\(transform.name)' keeps every key for ever", hint: "say 'within' how long a row can come again")
        }
        let plan = RelationPlan.deduplicate(
            .scan(relation: relation.name, schema: row),
            DeduplicatePlan(keys: keys, eventTime: within == nil ? keyTime : times.first, withinMicros: within))
        let visible = columns.schema.fields.enumerated().map { index, field in
            NamedExpression(
                field.name, Expression(.column(index), type: field.type, nullable: field.nullable, text: field.name))
        }
        return (
            columns.hiddenFields.isEmpty ? plan : .project(plan, visible),
            RelationSchema(columns.schema, eventTimes: columns.eventTimes)
        )
    }

    // MARK: Output modes and late records

    /// The transform with what its file says of groups and late records; makes it known as a relation.
    mutating func declaration(
        of transform: WaitingTransform, _ plan: RelationPlan, _ columns: RelationSchema
    ) -> TransformDeclaration? {
        let object = transform.object
        var relation = Relation(name: transform.name, columns: columns)
        let written = object.choice("outputMode", as: OutputMode.self)
        let changing = plan.inputs.sorted().compactMap { relations[$0.lowercased()] ?? nil }
            .filter { $0.outputMode != .append }
        if let input = changing.first {
            relation.outputMode = input.outputMode
            if plan.isStateful {
                problems.error(
                    at: transform.nameOffset, .unsupported,
                    "'\(transform.name)' keeps state over '\(input.name)', which gives a group again with each change: it would count it again",
                    hint: "set \"outputMode\" of '\(input.name)' to \"append\"")
                return nil
            }
        }
        if let written, written != .append {
            if Self.endsWithGroups(plan) {
                relation.outputMode = written
            } else {
                problems.error(
                    at: object.offset(of: "outputMode"), .invalidPipeline,
                    "outputMode '\(written.rawValue)' is for groups, and '\(transform.name)' does not end with any",
                    hint: "remove it, or set it where the groups are made")
            }
        }
        let known = relations
        if relation.outputMode != .append {
            relation.keys = ResultKeys.of(plan) { name in (known[name.lowercased()] ?? nil)?.keys }
        }
        relations[transform.name.lowercased()] = relation
        var declared = TransformDeclaration(
            name: transform.name, plan: plan, expectations: buildExpectations(of: object, over: columns),
            outputMode: written ?? .append)
        declared.onLate = object.choice("onLate", as: LateAction.self) ?? .deadLetter
        declared.allowedLatenessMicros = object.number("allowedLateness") ?? 0
        checkLateness(object, declared)
        return declared
    }

    private mutating func checkLateness(_ object: CheckedObject, _ declared: TransformDeclaration) {
        if declared.onLate == .restate {
            if declared.outputMode != .update {
                problems.error(
                    at: object.offset(of: "onLate"), .invalidPipeline,
                    "'restate' gives a closed window again, which \(declared.outputMode.rawValue) mode does not",
                    hint: "set \"outputMode\": \"update\", or choose drop or deadLetter")
            }
            if declared.allowedLatenessMicros <= 0 {
                problems.error(
                    at: object.offset(of: "onLate"), .invalidPipeline, "'restate' needs 'allowedLateness'",
                    hint: "for example \"allowedLateness\": \"1 hour\"")
            }
        } else if object.has("allowedLateness") {
            problems.error(
                at: object.offset(of: "allowedLateness"), .invalidPipeline,
                "'allowedLateness' is for \"onLate\": \"restate\"", hint: "set it, or remove 'allowedLateness'")
        }
    }

    /// Whether the last step that keeps state makes groups.
    private static func endsWithGroups(_ plan: RelationPlan) -> Bool {
        switch plan {
        case .aggregate: true
        case .scan, .oneRow, .deduplicate, .join: false
        case .project(let input, _), .filter(let input, _), .lookup(let input, _): endsWithGroups(input)
        case .unionAll(let inputs, _): inputs.allSatisfy(endsWithGroups)
        }
    }

    // MARK: Sinks

    /// Where changed or repeated groups go: into a table by their keys or in the place of all rows.
    mutating func connector(
        _ connector: SinkConnector, taking relation: Relation, _ object: CheckedObject
    ) -> SinkConnector {
        let offset = object.offset(of: "from")
        switch (connector, relation.outputMode) {
        case (_, .append), (.console, _), (.kafka, _): return connector
        case (.delta(var options), .complete):
            if let mode = options.mode, mode != .complete {
                problems.error(
                    at: object.offset(of: "mode"), .invalidPipeline,
                    "'\(relation.name)' gives all its rows in each epoch, and mode '\(mode.rawValue)' keeps older ones",
                    hint: "remove 'mode': the table then holds the rows of the last epoch")
            }
            options.mode = .complete
            return .delta(options)
        case (.delta(var options), .update):
            if options.mode == .complete {
                problems.error(
                    at: object.offset(of: "mode"), .invalidPipeline,
                    "'\(relation.name)' gives changed groups, and mode 'complete' would remove the others",
                    hint: "remove 'mode': the rows then replace those of the same group")
            }
            guard options.mode == nil else { return connector }
            if let keys = relation.keys, keys.isEmpty {
                options.mode = .complete
            } else if let keys = relation.keys, keys.missing.isEmpty {
                options.mode = .upsert
                options.keys = keys.columns(of: relation.columns.schema)
            } else {
                let missing = relation.keys?.missing.joined(separator: ", ") ?? "its keys"
                problems.error(
                    at: offset, .invalidPipeline,
                    "'\(relation.name)' gives changed groups, and its rows lack what tells groups apart: \(missing)",
                    hint: "add it to SELECT, or give the sink \"mode\" and \"keys\"")
            }
            return .delta(options)
        case (.files, .update):
            problems.warning(
                at: offset, .invalidPipeline,
                "'\(relation.name)' gives a group again with each change, and files keep every one of its rows",
                hint: "write to a Delta table to keep the last")
            return connector
        case (.files, .complete):
            problems.error(
                at: offset, .unsupported,
                "files cannot take '\(relation.name)': all its rows come again in each epoch",
                hint: "write to a Delta table, or set \"outputMode\" to \"append\" or \"update\"")
            return connector
        }
    }
}
