// SPDX-License-Identifier: Apache-2.0
import JSONText

/// What a place in a pipeline file may hold: the one description from which the loader, the JSON Schema and the reference are made.
indirect enum ValueShape: Sendable {
    /// A string; the kind says what it means.
    case text(TextKind)
    case boolean
    case integer(ClosedRange<Int64>)
    /// A string such as `10 seconds`; the loader gives microseconds.
    case duration
    /// A string such as `64 MiB`; the loader gives bytes.
    case size
    /// A string such as `2026-01-31T08:00:00Z`; the loader gives microseconds since 1970 UTC.
    case instant
    /// One of a closed set of strings.
    case choice([Choice])
    /// A string, number or boolean that is passed on as text.
    case scalar
    case list(ValueShape, atLeast: Int)
    /// An object whose names the user chooses.
    case map(names: NameRule, ValueShape, atLeast: Int)
    case object(ObjectShape)
    /// Objects told apart by their `type`.
    case union([ObjectShape])
    /// A string or list of the first shape, or an object or list of the second.
    case either(ValueShape, ValueShape)
    /// Any JSON value, kept as it is, with its position; variables in it are not replaced.
    case json

    /// Whether it is a list.
    var isList: Bool { if case .list = self { true } else { false } }

    /// One string of a closed set.
    struct Choice: Sendable {
        let name: String
        let summary: String

        init(_ name: String, _ summary: String) {
            self.name = name
            self.summary = summary
        }
    }
}

/// What a string means, for the reference and for completion.
enum TextKind: String, Sendable {
    case plain = "string"
    case path = "path"
    case sql = "SQL"
    case expression = "SQL expression"
    case ddl = "Spark DDL"
    case relation = "relation name"
    case column = "column name"
}

/// Which names a map of the user's names allows.
enum NameRule: Sendable {
    /// Letters, digits and `_`: names that SQL uses without quotes.
    case identifier
    /// Letters, digits, `_` and `-`.
    case label
    /// Anything but the empty string.
    case free

    /// What is allowed, for messages.
    var description: String {
        switch self {
        case .identifier: "letters, digits and '_', not beginning with a digit"
        case .label: "letters, digits, '_' and '-', not beginning with a digit or '-'"
        case .free: "not empty"
        }
    }

    /// The rule as a regular expression of JSON Schema.
    var pattern: String {
        switch self {
        case .identifier: "^[A-Za-z_][A-Za-z0-9_]*$"
        case .label: "^[A-Za-z_][A-Za-z0-9_-]*$"
        case .free: "."
        }
    }

    /// Whether a name follows the rule.
    func allows(_ name: String) -> Bool {
        guard let first = name.utf8.first else { return false }
        if case .free = self { return true }
        guard Self.isLetter(first) else { return false }
        return name.utf8.allSatisfy { byte in
            if Self.isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { return true }
            if case .label = self { return byte == UInt8(ascii: "-") }
            return false
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
