// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText

/// Reads the members of an action, naming action and member when one is missing or of the wrong kind. NULL counts as missing.
struct ActionFields {
    let action: String
    let json: JSONValue

    init(_ action: String, _ json: JSONValue) throws(PipelineError) {
        self.action = action
        self.json = json
        guard json.members != nil else {
            throw PipelineError(.corruptTable, "action '\(action)' is \(json.kindName), not an object")
        }
    }

    private func value(_ name: String) -> JSONValue? {
        guard let value = json[name], !value.isNull else { return Optional.none }
        return value
    }

    private func wrong(_ name: String, _ expected: String) -> PipelineError {
        let found = json[name]?.kindName ?? "missing"
        return PipelineError(.corruptTable, "'\(name)' of action '\(action)' must be \(expected) and is \(found)")
    }

    func string(_ name: String) throws(PipelineError) -> String {
        guard let text = try optionalString(name) else { throw wrong(name, "a string") }
        return text
    }

    func optionalString(_ name: String) throws(PipelineError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw wrong(name, "a string") }
        return text
    }

    func integer(_ name: String) throws(PipelineError) -> Int64 {
        guard let number = try optionalInteger(name) else { throw wrong(name, "an integer") }
        return number
    }

    func optionalInteger(_ name: String) throws(PipelineError) -> Int64? {
        guard let value = value(name) else { return nil }
        guard let number = value.int64 else { throw wrong(name, "an integer") }
        return number
    }

    func boolean(_ name: String, default fallback: Bool) throws(PipelineError) -> Bool {
        guard let value = value(name) else { return fallback }
        guard let truth = value.boolean else { throw wrong(name, "a boolean") }
        return truth
    }

    func strings(_ name: String) throws(PipelineError) -> [String]? {
        guard let value = value(name) else { return nil }
        guard let elements = value.elements else { throw wrong(name, "an array of strings") }
        var strings: [String] = []
        for element in elements {
            guard let text = element.string else { throw wrong(name, "an array of strings") }
            strings.append(text)
        }
        return strings
    }

    /// A map of strings; a value may be NULL.
    func optionalMap(_ name: String) throws(PipelineError) -> [String: String?]? {
        guard let value = value(name) else { return nil }
        guard let members = value.members else { throw wrong(name, "an object") }
        var map: [String: String?] = [:]
        for member in members {
            if member.value.isNull {
                map[member.name] = .some(nil)
            } else if let text = member.value.string {
                map[member.name] = text
            } else {
                // Other writers spell booleans and numbers of a configuration without quotes.
                map[member.name] = member.value.text
            }
        }
        return map
    }

    func object(_ name: String) -> JSONValue? { value(name) }

    /// The members whose names are not among those known, to be written back as they are.
    func others(than known: Set<String>) -> [JSONValue.Member] {
        (json.members ?? []).filter { !known.contains($0.name) }
    }
}

extension JSONValue {
    /// An object whose absent members are left out, followed by members that were kept as they came.
    static func action(_ members: [(String, JSONValue?)], others: [JSONValue.Member] = []) -> JSONValue {
        var present: [Member] = []
        present.reserveCapacity(members.count + others.count)
        for (name, value) in members { if let value { present.append(Member(name, value)) } }
        return JSONValue(.object(present + others))
    }

    /// A map with sorted keys, so that equal maps have equal text.
    static func map(_ map: [String: String?]) -> JSONValue {
        .object(map.sorted { $0.key < $1.key }.map { ($0.key, $0.value.map { .string($0) } ?? nil) })
    }

    static func map(_ map: [String: String]) -> JSONValue {
        .object(map.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    }
}
