// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// What a function takes: turns argument types into parameter types, or says what is wrong.
struct Signature {
    /// What one parameter takes.
    enum Parameter {
        /// Text; other simple types are cast to it.
        case string
        /// Text or bytes, whichever is given; other simple types are cast to text.
        case bytes
        /// Bytes; text is read as its UTF-8 without a cast, other types are refused.
        case binary
        /// INT; other integers, and text, are cast.
        case int
        /// BIGINT; other integers, and text, are cast.
        case bigint
        case boolean
    }

    private let required: [Parameter]
    private let optional: [Parameter]
    private let repeating: Parameter?

    init(_ required: Parameter..., optional: [Parameter] = [], repeating: Parameter? = nil) {
        self.required = required
        self.optional = optional
        self.repeating = repeating
    }

    /// The parameter types of a call.
    func types(of arguments: [FunctionArgument]) throws(FunctionBindingError) -> [DataType] {
        let most = required.count + optional.count
        guard arguments.count >= required.count, repeating != nil || arguments.count <= most else {
            throw .argumentCount(expected: expectedCount(most))
        }
        var types: [DataType] = []
        for (index, argument) in arguments.enumerated() {
            let parameter = parameter(index)
            guard let type = parameter.type(for: argument.type) else {
                throw .argumentType(index: index, expected: parameter.expected)
            }
            types.append(type)
        }
        return mixed(types, arguments) ? types.map { $0 == .binary ? .string : $0 } : types
    }

    /// Whether text and bytes are given where either would do: then the bytes are read as text.
    private func mixed(_ types: [DataType], _ arguments: [FunctionArgument]) -> Bool {
        let open = types.indices.filter { parameter($0) == .bytes && arguments[$0].type != .void }
        return open.contains { types[$0] == .binary } && open.contains { types[$0] == .string }
    }

    private func parameter(_ index: Int) -> Parameter {
        if index < required.count { return required[index] }
        if index < required.count + optional.count { return optional[index - required.count] }
        return repeating ?? .string
    }

    private func expectedCount(_ most: Int) -> String {
        if repeating != nil { return "\(required.count) or more" }
        if most == required.count { return "\(most)" }
        if most == required.count + 1 { return "\(required.count) or \(most)" }
        return "\(required.count) to \(most)"
    }
}

extension Signature.Parameter {
    /// The type the argument is cast to; `nil` where it may not be.
    func type(for argument: DataType) -> DataType? {
        switch self {
        case .string: argument.isSimple && argument != .binary ? .string : nil
        case .bytes: argument == .binary ? .binary : argument.isSimple ? .string : nil
        case .binary:
            switch argument {
            case .string, .binary: argument
            case .void: .binary
            default: nil
            }
        case .int: argument.isInteger || argument == .string || argument == .void ? .int : nil
        case .bigint: argument.isInteger || argument == .string || argument == .void ? .bigint : nil
        case .boolean: argument == .boolean || argument == .string || argument == .void ? .boolean : nil
        }
    }

    /// What it takes, in words.
    var expected: String {
        switch self {
        case .string: "STRING"
        case .bytes: "STRING or BINARY"
        case .binary: "BINARY"
        case .int: "INT"
        case .bigint: "BIGINT"
        case .boolean: "BOOLEAN"
        }
    }
}

extension DataType {
    /// Whether it has no members: neither STRUCT, ARRAY nor MAP.
    var isSimple: Bool {
        switch self {
        case .structure, .array, .map: false
        default: true
        }
    }
}
