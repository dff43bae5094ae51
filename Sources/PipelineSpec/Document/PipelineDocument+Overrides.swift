// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText

extension PipelineDocument {
    /// Lays `PATH=VALUE` over the definition. The path is dotted; a step that has dots itself stands in double quotes; list elements are
    /// numbers. The value is JSON when it reads as JSON, else a string. Objects on the way are made when absent.
    mutating func apply(override text: String) throws(PipelineError) {
        guard let split = Self.split(text) else {
            throw PipelineError(
                .invalidArgument, "'--set \(text)' is not of the form PATH=VALUE",
                hint: "for example --set trigger.interval=\"500 ms\"")
        }
        try checkEntry(split.path, text)
        let offset = register(override: split.path.joined(separator: "."))
        let value = (try? JSONValue(parsing: split.value)) ?? .string(split.value)
        root = try Self.setting(root, split.path[...], to: Self.moved(value, to: offset), offset: offset, text)
    }

    /// Refuses a key of a source, transform or sink that the file does not have when it has one of nearly that name.
    private func checkEntry(_ path: [String], _ text: String) throws(PipelineError) {
        guard path.count > 2, ["sources", "transforms", "sinks"].contains(path[0]) else { return }
        let names = (root[path[0]]?.members ?? []).map(\.name)
        guard !names.contains(path[1]), let meant = Suggestion.closest(to: path[1], in: names) else { return }
        throw PipelineError(
            .unknownName, "'--set \(text)': there is no '\(path[1])' in '\(path[0])'", hint: "did you mean '\(meant)'?")
    }

    private static func split(_ text: String) -> (path: [String], value: String)? {
        var (steps, step, quoted) = ([String](), "", false)
        for index in text.indices {
            switch text[index] {
            case "\"": quoted.toggle()
            case "." where !quoted:
                steps.append(step)
                step = ""
            case "=" where !quoted:
                steps.append(step)
                guard steps.allSatisfy({ !$0.isEmpty }) else { return nil }
                return (steps, String(text[text.index(after: index)...]))
            default: step.append(text[index])
            }
        }
        return nil
    }

    private static func moved(_ value: JSONValue, to offset: Int) -> JSONValue {
        switch value.kind {
        case .array(let elements): JSONValue(.array(elements.map { moved($0, to: offset) }), offset: offset)
        case .object(let members):
            JSONValue(
                .object(members.map { .init($0.name, moved($0.value, to: offset), nameOffset: offset) }), offset: offset
            )
        default: JSONValue(value.kind, offset: offset)
        }
    }

    private static func setting(
        _ target: JSONValue, _ path: ArraySlice<String>, to value: JSONValue, offset: Int, _ text: String
    ) throws(PipelineError) -> JSONValue {
        guard let step = path.first else { return value }
        switch target.kind {
        case .object(var members):
            let old = members.lastIndex { $0.name == step }
            let inner = old.map { members[$0].value } ?? JSONValue(.object([]), offset: offset)
            let new = try setting(inner, path.dropFirst(), to: value, offset: offset, text)
            if let old {
                members[old] = .init(step, new, nameOffset: members[old].nameOffset)
            } else {
                members.append(.init(step, new, nameOffset: offset))
            }
            return JSONValue(.object(members), offset: target.offset)
        case .array(var elements):
            guard let index = Int(step), index >= 0, index <= elements.count else {
                throw PipelineError(
                    .invalidArgument, "'--set \(text)': '\(step)' is no element of a list of \(elements.count)")
            }
            let inner = index < elements.count ? elements[index] : JSONValue(.object([]), offset: offset)
            let new = try setting(inner, path.dropFirst(), to: value, offset: offset, text)
            if index < elements.count { elements[index] = new } else { elements.append(new) }
            return JSONValue(.array(elements), offset: target.offset)
        default:
            throw PipelineError(
                .invalidArgument, "'--set \(text)': the file has \(target.kindName) where '\(step)' should be inside")
        }
    }
}
