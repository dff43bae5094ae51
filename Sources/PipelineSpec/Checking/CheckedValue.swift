// SPDX-License-Identifier: Apache-2.0
import JSONText

/// A value that fits its shape, with variables replaced, units converted and defaults filled in.
indirect enum CheckedValue {
    case text(SpecText)
    case boolean(Bool)
    /// Integers, microseconds and bytes.
    case number(Int64)
    case list([CheckedValue])
    case map([CheckedEntry])
    case object(CheckedObject)
    /// Any JSON, as it stands in the file.
    case json(JSONValue)
    /// An entry of a map that does not fit, which has been noted; its name is still known.
    case broken
}

/// One entry of a map of the user's names.
struct CheckedEntry {
    let name: String
    let nameOffset: Int
    let value: CheckedValue
}

/// An object whose keys have been checked. Keys that were wrong are absent.
struct CheckedObject {
    /// The `type` when it was told apart by it, else the name of its shape.
    let kind: String
    /// Where it starts.
    let offset: Int
    /// The values by key, defaults included.
    var values: [String: CheckedValue] = [:]
    /// Where the values start that the file has.
    var offsets: [String: Int] = [:]

    /// Whether the file itself has the key.
    func has(_ key: String) -> Bool { offsets[key] != nil }

    /// Where a value starts, else the object.
    func offset(of key: String) -> Int { offsets[key] ?? offset }

    /// A string.
    func text(_ key: String) -> SpecText? { if case .text(let text) = values[key] { text } else { nil } }

    /// A boolean.
    func boolean(_ key: String) -> Bool? { if case .boolean(let truth) = values[key] { truth } else { nil } }

    /// An integer, microseconds or bytes.
    func number(_ key: String) -> Int64? { if case .number(let number) = values[key] { number } else { nil } }

    /// An integer.
    func int(_ key: String) -> Int? { number(key).map { Int(clamping: $0) } }

    /// An object.
    func object(_ key: String) -> CheckedObject? { if case .object(let object) = values[key] { object } else { nil } }

    /// Any JSON.
    func json(_ key: String) -> JSONValue? { if case .json(let value) = values[key] { value } else { nil } }

    /// The JSON values of a list.
    func jsonList(_ key: String) -> [JSONValue] {
        list(key).compactMap { if case .json(let value) = $0 { value } else { nil } }
    }

    /// The elements of a list.
    func list(_ key: String) -> [CheckedValue] {
        if case .list(let elements) = values[key] { elements } else { [] }
    }

    /// The strings of a list.
    func texts(_ key: String) -> [SpecText] {
        guard case .list(let elements) = values[key] else { return [] }
        return elements.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }

    /// The objects of a list.
    func objects(_ key: String) -> [CheckedObject] {
        guard case .list(let elements) = values[key] else { return [] }
        return elements.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }

    /// The entries of a map.
    func entries(_ key: String) -> [CheckedEntry] { if case .map(let entries) = values[key] { entries } else { [] } }

    /// The strings of a map.
    func strings(_ key: String) -> [String: String] {
        var result: [String: String] = [:]
        for entry in entries(key) { if case .text(let text) = entry.value { result[entry.name] = text.value } }
        return result
    }

    /// A member of an enumeration whose raw values are the file's words.
    func choice<Member: RawRepresentable<String>>(_ key: String, as type: Member.Type) -> Member? {
        text(key).flatMap { Member(rawValue: $0.value) }
    }
}
