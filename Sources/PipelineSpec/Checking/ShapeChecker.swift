// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText

/// Compares a definition with its shape, and notes everything that does not fit.
struct ShapeChecker {
    /// What was found.
    var problems: ProblemList
    /// Replaces variables.
    var substitution: Substitution

    /// The checked value; `nil` when it does not fit, which has then been noted. `name` is the key, for messages.
    mutating func check(_ value: JSONValue, _ shape: ValueShape, as name: String) -> CheckedValue? {
        switch shape {
        case .text, .duration, .size, .instant, .choice: return leaf(value, shape, as: name)
        case .scalar: return scalar(value, as: name)
        case .boolean:
            if let truth = value.boolean { return .boolean(truth) }
            switch substituted(value) {
            case .some("true"): return .boolean(true)
            case .some("false"): return .boolean(false)
            default: return wrongKind(value, "true or false", as: name)
            }
        case .integer(let range):
            guard let number = value.int64 ?? substituted(value).flatMap({ Int64($0) }) else {
                return wrongKind(value, "an integer", as: name)
            }
            guard range.contains(number) else {
                problems.error(at: value.offset, .invalidPipeline, "'\(name)' is \(number)", hint: Self.bounds(range))
                return nil
            }
            return .number(number)
        case .list(let element, let least): return list(value, element, least, as: name)
        case .map(let rule, let element, let least): return map(value, rule, element, least, as: name)
        case .object(let shape): return object(value, shape, as: name).map { .object($0) }
        case .union(let cases): return union(value, cases, as: name)
        case .either(let text, let list) where list.isList:
            if value.elements != nil { return check(value, list, as: name) }
            return value.string != nil ? check(value, text, as: name) : wrongKind(value, "a string or a list", as: name)
        case .either(let text, let object):
            if value.members != nil { return check(value, object, as: name) }
            if case .list = text {
                return value.elements != nil
                    ? check(value, text, as: name) : wrongKind(value, "a list or an object", as: name)
            }
            return value.string != nil
                ? check(value, text, as: name) : wrongKind(value, "a string or an object", as: name)
        case .json: return .json(value)
        }
    }

    /// Checks an object with a closed set of keys and fills in defaults.
    mutating func object(_ value: JSONValue, _ shape: ObjectShape, as name: String, tagged: Bool = false)
        -> CheckedObject?
    {
        guard let members = value.members else {
            problems.error(at: value.offset, .invalidPipeline, "'\(name)' is \(value.kindName), not an object")
            return nil
        }
        var result = CheckedObject(kind: shape.name, offset: value.offset)
        var (seen, allowed) = (Set<String>(), shape.keys.map(\.name))
        if tagged { allowed.append("type") }
        for member in members {
            guard seen.insert(member.name).inserted else {
                problems.error(
                    at: member.nameOffset, .invalidPipeline, "'\(member.name)' is there twice", hint: "remove one")
                continue
            }
            guard let key = shape.key(member.name) else {
                if tagged && member.name == "type" { continue }
                let place = tagged ? "\(name) of type '\(shape.name)'" : name
                problems.error(
                    at: member.nameOffset, .unknownName, "'\(member.name)' is no key of \(place)",
                    hint: Suggestion.hint(
                        for: member.name, in: allowed, otherwise: "the keys are \(allowed.joined(separator: ", "))"))
                continue
            }
            result.offsets[key.name] = member.value.offset
            result.values[key.name] = check(member.value, key.shape, as: key.name)
        }
        for key in shape.keys where !seen.contains(key.name) {
            if let defaultValue = key.defaultValue {
                result.values[key.name] = check(defaultValue, key.shape, as: key.name)
            } else if key.isRequired {
                let example = key.example.map { ", for example \"\(key.name)\": \($0.text)" } ?? ""
                problems.error(
                    at: value.offset, .invalidPipeline, "'\(key.name)' is missing in \(name)", hint: "add it\(example)")
            }
        }
        checkExclusive(shape, value, seen, as: name)
        return result
    }

    private mutating func checkExclusive(_ shape: ObjectShape, _ value: JSONValue, _ seen: Set<String>, as name: String)
    {
        let given = shape.exactlyOneOf.filter { seen.contains($0) }
        guard !shape.exactlyOneOf.isEmpty, given.count != 1 else { return }
        let names = shape.exactlyOneOf.joined(separator: ", ")
        problems.error(
            at: value.offset, .invalidPipeline,
            given.isEmpty ? "\(name) is empty" : "\(name) has \(given.joined(separator: " and ")) at once",
            hint: "give exactly one of \(names)")
    }

    private mutating func union(_ value: JSONValue, _ cases: [ObjectShape], as name: String) -> CheckedValue? {
        let names = cases.map(\.name)
        let list = names.joined(separator: ", ")
        guard value.members != nil else {
            problems.error(at: value.offset, .invalidPipeline, "'\(name)' is \(value.kindName), not an object")
            return nil
        }
        guard let type = value["type"] else {
            problems.error(
                at: value.offset, .invalidPipeline, "'type' is missing in \(name)", hint: "add \"type\": one of \(list)"
            )
            return nil
        }
        guard let text = type.string else { return wrongKind(type, "a string", as: "type") }
        let word = resolve(text, at: type.offset)
        guard let shape = cases.first(where: { $0.name == word?.value }) else {
            if let word {
                problems.error(
                    at: type.offset, .unknownName, "'\(word.written)' is no type of \(name)",
                    hint: Suggestion.hint(for: word.written, in: names, otherwise: "the types are \(list)"))
            }
            return nil
        }
        return object(value, shape, as: name, tagged: true).map { .object($0) }
    }

    private mutating func list(_ value: JSONValue, _ element: ValueShape, _ least: Int, as name: String)
        -> CheckedValue?
    {
        guard let elements = value.elements else { return wrongKind(value, "a list", as: name) }
        if elements.count < least {
            problems.error(at: value.offset, .invalidPipeline, "'\(name)' is empty", hint: "name at least one")
        }
        var checked: [CheckedValue] = []
        // An element that is an object is spoken of by what it is: `a step`, not `steps`.
        let title = if case .object(let shape) = element { shape.name } else { name }
        for item in elements { if let good = check(item, element, as: title) { checked.append(good) } }
        return .list(checked)
    }

    private mutating func map(
        _ value: JSONValue, _ rule: NameRule, _ element: ValueShape, _ least: Int, as name: String
    ) -> CheckedValue? {
        guard let members = value.members else { return wrongKind(value, "an object", as: name) }
        if members.count < least {
            problems.error(at: value.offset, .invalidPipeline, "'\(name)' is empty", hint: "name at least one")
        }
        var (seen, entries) = (Set<String>(), [CheckedEntry]())
        for member in members {
            guard seen.insert(member.name).inserted else {
                problems.error(
                    at: member.nameOffset, .invalidPipeline, "'\(member.name)' is there twice in \(name)",
                    hint: "rename or remove one")
                continue
            }
            if !rule.allows(member.name) {
                problems.error(
                    at: member.nameOffset, .invalidPipeline, "'\(member.name)' cannot be a name in \(name)",
                    hint: "names are \(rule.description)")
            }
            let title = least > 0 || name == "transforms" ? "\(name.dropLast()) '\(member.name)'" : member.name
            let checked = check(member.value, element, as: title) ?? .broken
            entries.append(CheckedEntry(name: member.name, nameOffset: member.nameOffset, value: checked))
        }
        return .map(entries)
    }
}

extension ShapeChecker {
    private mutating func leaf(_ value: JSONValue, _ shape: ValueShape, as name: String) -> CheckedValue? {
        guard let written = value.string ?? Self.overrideText(value) else {
            return wrongKind(value, "a string", as: name)
        }
        guard let text = resolve(written, at: value.offset) else { return nil }
        switch shape {
        case .duration:
            return converted(DurationText.micros(text.value), text, "duration", DurationText.hint, as: name)
        case .size: return converted(SizeText.bytes(text.value), text, "size", SizeText.hint, as: name)
        case .instant: return converted(InstantText.micros(text.value), text, "time", InstantText.hint, as: name)
        case .choice(let choices):
            let names = choices.map(\.name)
            guard names.contains(text.value) else {
                problems.error(
                    at: value.offset, .unknownName, "'\(text.written)' is no value of '\(name)'",
                    hint: Suggestion.hint(
                        for: text.written, in: names, otherwise: "the values are \(names.joined(separator: ", "))"))
                return nil
            }
            return .text(text)
        default: return .text(text)
        }
    }

    /// The text of a number or boolean of the command line, where quotes around strings are easily left out.
    private static func overrideText(_ value: JSONValue) -> String? {
        guard value.offset < 0 else { return nil }
        switch value.kind {
        case .number, .boolean: return value.text
        default: return nil
        }
    }

    private mutating func converted(
        _ number: Int64?, _ text: SpecText, _ what: String, _ hint: String, as name: String
    ) -> CheckedValue? {
        if let number { return .number(number) }
        problems.error(at: text.offset, .invalidPipeline, "'\(name)': '\(text.written)' is no \(what)", hint: hint)
        return nil
    }

    private mutating func scalar(_ value: JSONValue, as name: String) -> CheckedValue? {
        switch value.kind {
        case .string(let written): return resolve(written, at: value.offset).map { .text($0) }
        case .number(let text): return .text(SpecText(value: text, written: text, offset: value.offset))
        case .boolean(let truth):
            return .text(SpecText(value: "\(truth)", written: "\(truth)", offset: value.offset))
        default: return wrongKind(value, "a string, a number or a boolean", as: name)
        }
    }

    /// The text of a string that has a variable in it, for numbers and booleans that come from the environment.
    private mutating func substituted(_ value: JSONValue) -> String? {
        guard let written = value.string, written.utf8.contains(UInt8(ascii: "$")) else { return nil }
        return resolve(written, at: value.offset)?.value
    }

    private mutating func resolve(_ written: String, at offset: Int) -> SpecText? {
        let (text, failures) = substitution.resolve(written, offset: offset)
        for failure in failures {
            let what = failure.cause.isEmpty ? failure.what : "\(failure.what): \(failure.cause)"
            problems.error(at: offset, failure.code, what, hint: failure.hint)
        }
        return failures.isEmpty ? text : nil
    }

    private mutating func wrongKind(_ value: JSONValue, _ expected: String, as name: String) -> CheckedValue? {
        problems.error(at: value.offset, .invalidPipeline, "'\(name)' is \(value.kindName), not \(expected)")
        return nil
    }

    private static func bounds(_ range: ClosedRange<Int64>) -> String {
        range.upperBound >= Int64(Int32.max)
            ? "it must be at least \(range.lowerBound)" : "it must be from \(range.lowerBound) to \(range.upperBound)"
    }
}
