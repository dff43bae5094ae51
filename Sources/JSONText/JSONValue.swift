// SPDX-License-Identifier: Apache-2.0

/// A JSON value of a document that people or protocols write: pipeline files, Delta actions, tokens. Records go through `Formats`.
///
/// Numbers keep their spelling, objects keep their order, and every value knows where it stood.
public struct JSONValue: Sendable, Hashable {
    /// What it is.
    public let kind: Kind
    /// Where it starts in the text it was parsed from, in bytes; 0 for made values. Not part of equality.
    public let offset: Int

    /// The kinds of JSON values.
    public indirect enum Kind: Sendable, Hashable {
        case null
        case boolean(Bool)
        /// As spelled.
        case number(String)
        /// With escapes decoded.
        case string(String)
        case array([JSONValue])
        /// Members in order; a repeated name is kept, and the last one counts.
        case object([Member])
    }

    /// A member of an object.
    public struct Member: Sendable, Hashable {
        /// The name.
        public let name: String
        /// Where the name starts in the text, in bytes.
        public let nameOffset: Int
        /// The value.
        public let value: JSONValue

        /// A member.
        public init(_ name: String, _ value: JSONValue, nameOffset: Int = 0) {
            self.name = name
            self.value = value
            self.nameOffset = nameOffset
        }

        /// By name and value.
        public static func == (left: Member, right: Member) -> Bool {
            left.name == right.name && left.value == right.value
        }

        /// By name and value.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(name)
            hasher.combine(value)
        }
    }

    /// A value.
    public init(_ kind: Kind, offset: Int = 0) {
        self.kind = kind
        self.offset = offset
    }

    /// By kind; where values stood does not matter.
    public static func == (left: JSONValue, right: JSONValue) -> Bool { left.kind == right.kind }

    /// By kind.
    public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

extension JSONValue {
    /// The members, when it is an object.
    public var members: [Member]? { if case .object(let members) = kind { members } else { nil } }
    /// The elements, when it is an array.
    public var elements: [JSONValue]? { if case .array(let elements) = kind { elements } else { nil } }
    /// The text, when it is a string.
    public var string: String? { if case .string(let text) = kind { text } else { nil } }
    /// The truth, when it is a boolean.
    public var boolean: Bool? { if case .boolean(let truth) = kind { truth } else { nil } }
    /// The number, when it is an integer that fits.
    public var int64: Int64? { if case .number(let text) = kind { Int64(text) } else { nil } }
    /// The number, when it is one.
    public var double: Double? { if case .number(let text) = kind { Double(text) } else { nil } }
    /// Whether it is null.
    public var isNull: Bool { kind == .null }

    /// The member of that name; the last when there are several, `nil` when there is none or this is no object.
    public subscript(name: String) -> JSONValue? { members?.last { $0.name == name }?.value }

    /// The name of its kind for messages: `a string`, `an object`, ….
    public var kindName: String {
        switch kind {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// A string.
    public init(stringLiteral text: String) { self.init(.string(text)) }
    /// A number.
    public init(integerLiteral number: Int64) { self.init(.number(String(number))) }
    /// A boolean.
    public init(booleanLiteral truth: Bool) { self.init(.boolean(truth)) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self.init(.array(elements)) }
    /// An object, in the order written.
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        self.init(.object(members.map { Member($0.0, $0.1) }))
    }
    /// Null.
    public init(nilLiteral: ()) { self.init(.null) }

    /// A string.
    public static func string(_ text: String) -> JSONValue { JSONValue(.string(text)) }
    /// A number.
    public static func number(_ number: some BinaryInteger) -> JSONValue { JSONValue(.number(String(number))) }
    /// A number; NaN and infinities become strings, since JSON has none.
    public static func number(_ number: Double) -> JSONValue {
        number.isFinite ? JSONValue(.number("\(number)")) : JSONValue(.string("\(number)"))
    }
    /// A boolean.
    public static func boolean(_ truth: Bool) -> JSONValue { JSONValue(.boolean(truth)) }
    /// An array.
    public static func array(_ elements: [JSONValue]) -> JSONValue { JSONValue(.array(elements)) }
    /// An object.
    public static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        JSONValue(.object(members.map { Member($0.0, $0.1) }))
    }
}
