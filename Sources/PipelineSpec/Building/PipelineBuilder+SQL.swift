// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore

extension PipelineBuilder {
    /// Notes mistakes of a SQL text where they stand in the file.
    mutating func note(_ errors: SQLErrors, in text: SpecText) {
        for error in errors.errors {
            problems.error(
                at: text.fileOffset(of: error.position.byteOffset, in: document), error.code,
                text.isSecret ? "the SQL with its variables replaced is wrong here" : error.message,
                hint: text.isSecret ? "" : error.hint.prefix(1).lowercased() + error.hint.dropFirst())
        }
    }

    /// The expectations of a source or transform.
    mutating func buildExpectations(of object: CheckedObject, over columns: RelationSchema) -> [Expectation] {
        var (expectations, names) = ([Expectation](), Set<String>())
        for item in object.objects("expect") {
            guard let name = item.text("name"), let condition = item.text("condition"),
                let action = item.choice("onViolation", as: Expectation.Action.self)
            else { continue }
            if !names.insert(name.value).inserted {
                problems.error(
                    at: name.offset, .invalidPipeline, "two expectations are named '\(name.written)'",
                    hint: "rename one")
            }
            do throws(SQLErrors) {
                let planner = SQLPlanner(folding: ExpressionEvaluator.foldConstant)
                let expression = try planner.plan(condition: condition.value, over: columns)
                expectations.append(Expectation(name: name.value, condition: expression, onViolation: action))
            } catch {
                note(error, in: condition)
            }
        }
        return expectations
    }

    /// The transforms that are whole, each after what it reads; notes what is wrong with the others.
    mutating func buildTransforms() -> [TransformDeclaration] {
        let waiting = parseTransforms()
        var transforms: [TransformDeclaration] = []
        for name in order(waiting) {
            guard let transform = waiting[name] else { continue }
            let inputs = transform.inputs.map { $0.lowercased() }
            relationsRead.formUnion(inputs)
            if noteUnknownInputs(of: transform.sql) || inputs.contains(where: { isBroken($0) }) { continue }
            do throws(SQLErrors) {
                let plan = try planner(for: inputs).plan(transform.sql.value)
                let columns = RelationSchema(plan.schema)
                relations[name] = Relation(name: transform.name, columns: columns)
                transforms.append(
                    TransformDeclaration(
                        name: transform.name, plan: plan,
                        expectations: buildExpectations(of: transform.object, over: columns)))
            } catch {
                note(error, in: transform.sql)
            }
        }
        return transforms
    }

    /// Notes names in FROM that are no relation of the file; true when there are some.
    private mutating func noteUnknownInputs(of sql: SpecText) -> Bool {
        let unknown = SQLPlanner.inputs(of: sql.value).filter { relations[$0.name.lowercased()] == nil }
        let names = (root.entries("sources") + root.entries("transforms")).map(\.name)
        for input in unknown {
            problems.error(
                at: sql.fileOffset(of: input.position.byteOffset, in: document), .unknownName,
                "'\(input.name)' is no source or transform",
                hint: Suggestion.hint(
                    for: input.name, in: names, otherwise: "the relations are \(names.joined(separator: ", "))"))
        }
        return !unknown.isEmpty
    }

    /// Whether a name is that of a relation that has a mistake of its own.
    private func isBroken(_ name: String) -> Bool { relations[name].map { $0 == nil } ?? false }

    /// Knows all whole relations, so that unknown names find their neighbours.
    private func planner(for inputs: [String]) -> SQLPlanner {
        var known: [String: RelationSchema] = [:]
        for case let relation? in relations.values { known[relation.name] = relation.columns }
        return SQLPlanner(relations: known, folding: ExpressionEvaluator.foldConstant)
    }

    private struct WaitingTransform {
        let name: String
        let nameOffset: Int
        let object: CheckedObject
        let sql: SpecText
        /// The relations it reads, as spelled.
        let inputs: [String]
    }

    /// The transforms that have SQL, by name in lower case. All are marked as broken until they are planned.
    private mutating func parseTransforms() -> [String: WaitingTransform] {
        var waiting: [String: WaitingTransform] = [:]
        for entry in root.entries("transforms") {
            relations[entry.name.lowercased()] = .some(nil)
            guard case .object(let object) = entry.value, let sql = object.text("sql") else { continue }
            waiting[entry.name.lowercased()] = WaitingTransform(
                name: entry.name, nameOffset: entry.nameOffset, object: object, sql: sql,
                inputs: SQLPlanner.inputs(of: sql.value).map(\.name))
        }
        return waiting
    }

    /// The names in an order in which each comes after what it reads; those in a circle are noted and left out.
    private mutating func order(_ waiting: [String: WaitingTransform]) -> [String] {
        var (done, path, ordered) = (Set<String>(), [String](), [String]())
        var circles: [[String]] = []
        func visit(_ name: String) {
            guard let transform = waiting[name], !done.contains(name) else { return }
            if let start = path.firstIndex(of: name) {
                circles.append(Array(path[start...]))
                return
            }
            path.append(name)
            for input in transform.inputs { visit(input.lowercased()) }
            path.removeLast()
            if done.insert(name).inserted { ordered.append(name) }
        }
        for entry in root.entries("transforms") { visit(entry.name.lowercased()) }
        var broken: Set<String> = []
        for circle in circles {
            guard let first = circle.first, let start = waiting[first] else { continue }
            let names = (circle + [first]).map { waiting[$0]?.name ?? $0 }
            problems.error(
                at: start.nameOffset, .invalidPipeline,
                "transforms read each other in a circle: \(names.joined(separator: " reads "))",
                hint: "let one of them read a source instead")
            for name in circle {
                broken.insert(name)
                relationsRead.formUnion(waiting[name]?.inputs.map { $0.lowercased() } ?? [])
            }
        }
        return ordered.filter { !broken.contains($0) }
    }
}
