// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// The type that a JSON text has, for `schema_of_json`.
///
/// Whole numbers are BIGINT, or DECIMAL of their digits when they are larger; others are DOUBLE. Elements and fields of one name
/// share a type: numbers a wider one, what has nothing in common STRING. What is only ever null is STRING.
struct JSONSchema {
    private var scanner = JSONScanner()

    /// The type of a text; `nil` when it is malformed.
    static func type(of text: Span<UInt8>) -> DataType? {
        var schema = JSONSchema()
        guard let type = schema.type(text, depth: 0) else { return nil }
        schema.scanner.skipBlanks(text)
        return schema.scanner.position == text.count ? known(type) : nil
    }

    private mutating func type(_ text: Span<UInt8>, depth: Int) -> DataType? {
        guard depth < JSONScanner.maxDepth, let kind = scanner.kind(text) else { return nil }
        switch kind {
        case .string: return scanner.string(text) == nil ? nil : .string
        case .trueValue: return scanner.word("true", text) ? .boolean : nil
        case .falseValue: return scanner.word("false", text) ? .boolean : nil
        case .nullValue: return scanner.word("null", text) ? .void : nil
        case .number: return scanner.number(text).map { Self.number(text.extracting($0)) }
        case .array: return array(text, depth)
        case .object: return object(text, depth)
        }
    }

    private mutating func array(_ text: Span<UInt8>, _ depth: Int) -> DataType? {
        var element = DataType.void
        var schema = self
        let isWhole = schema.scanner.members(text, close: UInt8(ascii: "]")) { scanner in
            var inner = JSONSchema(scanner: scanner)
            guard let found = inner.type(text, depth: depth + 1) else { return false }
            element = Self.common(element, found)
            scanner = inner.scanner
            return true
        }
        self = schema
        return isWhole ? .array(element: element, containsNull: true) : nil
    }

    private mutating func object(_ text: Span<UInt8>, _ depth: Int) -> DataType? {
        var fields: [String: DataType] = [:]
        var schema = self
        let isWhole = schema.scanner.members(text, close: UInt8(ascii: "}")) { scanner in
            guard let key = scanner.key(text) else { return false }
            var name = BufferBuilder<UInt8>()
            JSONOutput.unescape(text.extracting(key.inside), &name)
            var inner = JSONSchema(scanner: scanner)
            guard let found = inner.type(text, depth: depth + 1) else { return false }
            let field = name.finish().text
            fields[field] = Self.common(fields[field] ?? .void, found)
            scanner = inner.scanner
            return true
        }
        self = schema
        return isWhole ? Self.structure(fields) : nil
    }

    private static func structure(_ fields: [String: DataType]) -> DataType {
        .structure(fields.sorted { $0.key < $1.key }.map { Field($0.key, $0.value) })
    }

    private static func number(_ text: Span<UInt8>) -> DataType {
        let isWhole = !text.indices.contains { !ASCII.isDigit(text[$0]) && text[$0] != UInt8(ascii: "-") }
        guard isWhole else { return .double }
        if case .value = IntegerText.parse(text, as: Int64.self) { return .bigint }
        let digits = text.count - (text[0] == UInt8(ascii: "-") ? 1 : 0)
        return digits <= 38 ? .decimal(precision: digits, scale: 0) : .double
    }

    /// The type that takes both.
    private static func common(_ one: DataType, _ other: DataType) -> DataType {
        switch (one, other) {
        case (.void, let type), (let type, .void): return type
        case (.array(let left, _), .array(let right, _)):
            return .array(element: common(left, right), containsNull: true)
        case (.structure(let left), .structure(let right)):
            let pairs = (left + right).map { ($0.name, $0.type) }
            return structure(Dictionary(pairs) { common($0, $1) })
        case (.bigint, .decimal(let precision, _)), (.decimal(let precision, _), .bigint):
            return .decimal(precision: max(precision, 20), scale: 0)
        case (.decimal(let left, _), .decimal(let right, _)): return .decimal(precision: max(left, right), scale: 0)
        case (.bigint, .bigint), (.double, .double), (.boolean, .boolean): return one
        case (.bigint, .double), (.double, .bigint), (.decimal, .double), (.double, .decimal): return .double
        default: return .string
        }
    }

    /// The type with STRING for what is always null.
    private static func known(_ type: DataType) -> DataType {
        switch type {
        case .void: .string
        case .array(let element, _): .array(element: known(element), containsNull: true)
        case .structure(let fields): .structure(fields.map { Field($0.name, known($0.type)) })
        default: type
        }
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || ASCII.lowercased(byte) &- 0x61 < 26 || byte == UInt8(ascii: "_")
    }

    /// A type as DDL, with names in backticks where they need them.
    private static func ddl(_ type: DataType) -> String {
        switch type {
        case .array(let element, _): return "ARRAY<\(ddl(element))>"
        case .structure(let fields):
            let members = fields.map { field in
                let isPlain = !field.name.isEmpty && field.name.utf8.allSatisfy(isPartOfName)
                let name = isPlain ? field.name : "`\(field.name.replacing("`", with: "``"))`"
                return "\(name): \(ddl(field.type))"
            }
            return "STRUCT<\(members.joined(separator: ", "))>"
        default: return type.description
        }
    }

    /// The type of a literal, as a literal.
    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
        guard case .string(let text)? = arguments[0].constant, let type = type(of: Buffer(Array(text.utf8)).span) else {
            throw .argumentValue(index: 0, expected: "a JSON text, as a literal,")
        }
        let name = ddl(type)
        return .strict("schema_of_json", [.string], of: arguments, to: .string) { call, errors in
            call.texts(&errors) { _, out, _ in out.append(name) }
        }
    }
}
