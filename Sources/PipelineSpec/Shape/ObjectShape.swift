// SPDX-License-Identifier: Apache-2.0
import JSONText

/// An object with a closed set of keys.
struct ObjectShape: Sendable {
    /// Its name in the reference; in a union the value of `type`.
    let name: String
    /// One sentence on what it is.
    let summary: String
    /// The keys, in the order of the reference.
    let keys: [KeyShape]
    /// Keys of which exactly one must be there; empty when there is no such rule.
    let exactlyOneOf: [String]

    /// An object.
    init(_ name: String, _ summary: String, exactlyOneOf: [String] = [], _ keys: [KeyShape]) {
        self.name = name
        self.summary = summary
        self.keys = keys
        self.exactlyOneOf = exactlyOneOf
    }

    /// The key of that name.
    func key(_ name: String) -> KeyShape? { keys.first { $0.name == name } }
}

/// One key of an object.
struct KeyShape: Sendable {
    /// The name in the file.
    let name: String
    /// What it may hold.
    let shape: ValueShape
    /// Whether the key must be there.
    let isRequired: Bool
    /// What holds when it is absent; `nil` when absence has a meaning of its own.
    let defaultValue: JSONValue?
    /// What it does, in a sentence or two.
    let summary: String
    /// A value as it could be written.
    let example: JSONValue?

    private init(
        _ name: String, _ shape: ValueShape, isRequired: Bool, defaultValue: JSONValue?, example: JSONValue?,
        _ summary: String
    ) {
        self.name = name
        self.shape = shape
        self.isRequired = isRequired
        self.defaultValue = defaultValue
        self.summary = summary
        self.example = example
    }

    /// A key that must be there.
    static func required(_ name: String, _ shape: ValueShape, example: JSONValue? = nil, _ summary: String) -> KeyShape
    {
        KeyShape(name, shape, isRequired: true, defaultValue: nil, example: example, summary)
    }

    /// A key that may be absent; `by` holds then.
    static func optional(
        _ name: String, _ shape: ValueShape, by defaultValue: JSONValue? = nil, example: JSONValue? = nil,
        _ summary: String
    ) -> KeyShape {
        KeyShape(name, shape, isRequired: false, defaultValue: defaultValue, example: example, summary)
    }
}
