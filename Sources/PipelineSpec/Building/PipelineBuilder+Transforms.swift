// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore

extension PipelineBuilder {
    /// The transforms that are whole, each after what it reads; notes what is wrong with the others.
    mutating func buildTransforms() -> [TransformDeclaration] {
        let waiting = parseTransforms()
        var transforms: [TransformDeclaration] = []
        for name in order(waiting) {
            guard let transform = waiting[name] else { continue }
            let inputs = transform.inputs.map { $0.lowercased() }
            relationsRead.formUnion(inputs)
            if noteUnknownInputs(of: transform) || inputs.contains(where: { isBroken($0) }) { continue }
            guard let (plan, columns) = plan(transform), let declared = declaration(of: transform, plan, columns) else {
                continue
            }
            transforms.append(declared)
        }
        return transforms
    }

    private mutating func plan(_ transform: WaitingTransform) -> (RelationPlan, RelationSchema)? {
        switch transform.work {
        case .deduplicate(let from): return deduplicate(transform, from)
        case .sql(let sql):
            let mode = transform.object.choice("outputMode", as: OutputMode.self) ?? .append
            do throws(SQLErrors) {
                let resolved = try planner(mode).resolve(sql.value)
                if mode == .append, resolved.plan.hasGroupsWithoutWindow {
                    problems.warning(
                        at: sql.offset, .invalidPipeline,
                        "groups without a window of event time are given only when a run closes all with --finish",
                        hint: "group by window(…) too, or set \"outputMode\" to \"update\" or \"complete\"")
                }
                return resolved
            } catch {
                note(error, in: sql)
                return nil
            }
        }
    }

    /// Notes names in FROM that are no relation of the file; true when there are some.
    private mutating func noteUnknownInputs(of transform: WaitingTransform) -> Bool {
        var unknown: [(name: String, offset: Int)] = []
        switch transform.work {
        case .deduplicate(let from): unknown = [(from.value, from.offset)]
        case .sql(let sql):
            unknown = SQLPlanner.inputs(of: sql.value).map {
                ($0.name, sql.fileOffset(of: $0.position.byteOffset, in: document))
            }
        }
        unknown.removeAll { relations[$0.name.lowercased()] != nil }
        let names = (root.entries("sources") + root.entries("transforms")).map(\.name)
        for input in unknown {
            problems.error(
                at: input.offset, .unknownName,
                "'\(input.name)' is no source or transform",
                hint: Suggestion.hint(
                    for: input.name, in: names, otherwise: "the relations are \(names.joined(separator: ", "))"))
        }
        return !unknown.isEmpty
    }

    /// Whether a name is that of a relation that has a mistake of its own.
    private func isBroken(_ name: String) -> Bool { relations[name].map { $0 == nil } ?? false }

    /// Whether the trigger of the file brings the input to an end.
    private var isBounded: Bool {
        let trigger = root.object("trigger")
        return trigger?.boolean("availableNow") == true || trigger?.boolean("once") == true
    }

    /// Knows all whole relations, so that unknown names find their neighbours.
    private func planner(_ mode: OutputMode) -> SQLPlanner {
        var known: [String: RelationSchema] = [:]
        for case let relation? in relations.values { known[relation.name] = relation.columns }
        return SQLPlanner(
            relations: known, outputMode: mode, isBounded: isBounded, tables: tables,
            folding: ExpressionEvaluator.foldConstant)
    }

    struct WaitingTransform {
        let name: String
        let nameOffset: Int
        let object: CheckedObject
        let work: Work
        /// The relations it reads, as spelled.
        let inputs: [String]

        enum Work {
            case sql(SpecText)
            /// Over the relation named.
            case deduplicate(SpecText)
        }
    }

    /// The transforms that can be planned, by name in lower case. All are marked as broken until they are planned.
    private mutating func parseTransforms() -> [String: WaitingTransform] {
        var waiting: [String: WaitingTransform] = [:]
        for entry in root.entries("transforms") {
            relations[entry.name.lowercased()] = .some(nil)
            guard case .object(let object) = entry.value, object.has("sql") != object.has("op"),
                let work = work(of: object)
            else { continue }
            var inputs: [String] = []
            switch work {
            case .sql(let sql): inputs = SQLPlanner.inputs(of: sql.value).map(\.name)
            case .deduplicate(let from): inputs = [from.value]
            }
            waiting[entry.name.lowercased()] = WaitingTransform(
                name: entry.name, nameOffset: entry.nameOffset, object: object, work: work, inputs: inputs)
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
