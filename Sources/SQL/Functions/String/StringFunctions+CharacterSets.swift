// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension StringFunctions {
    /// Text in other character sets.
    static let characterSets: [FunctionDefinition] = [
        conversion(
            "encode", usage: "encode(str, charset)",
            summary: "The bytes of a text in a character set: \(CharacterSet.names).", Signature(.string, .string),
            to: .binary, failure: "has a character that is not in"
        ) { $0.encode($1, &$2) },
        FunctionDefinition(
            "decode", group: .string, usage: "decode(bin, charset), decode(expr, search1, result1, ...[, default])",
            summary:
                "The text that bytes stand for in a character set: \(CharacterSet.names); or the result behind the "
                + "first search that equals a value, NULL equalling NULL."
        ) { arguments throws(FunctionBindingError) in
            arguments.count > 2 ? try Conditional.decode(arguments) : try text.bind(arguments)
        },
    ]

    private static let text = conversion(
        "decode", usage: "decode(bin, charset)", summary: "", Signature(.binary, .string), to: .string,
        failure: "has bytes that are not of"
    ) { $0.decode($1, &$2) }

    private static func conversion(
        _ name: String, usage: String, summary: String, _ signature: Signature, to result: DataType, failure: String,
        _ convert: @escaping @Sendable (CharacterSet, Span<UInt8>, inout TextSink) -> Bool
    ) -> FunctionDefinition {
        FunctionDefinition(name, group: .string, usage: usage, summary: summary) {
            arguments throws(FunctionBindingError) in
            let types = try signature.types(of: arguments)
            if case .string(let set)? = arguments[1].constant, CharacterSet(named: set) == nil {
                throw .argumentValue(index: 1, expected: "one of \(CharacterSet.names)")
            }
            return .strict(name, types, of: arguments, to: result) { call, errors in
                let (values, sets) = (call.text(0), call.text(1))
                let constant = sets.isConstant ? CharacterSet(named: sets[0].text) : nil
                return call.texts(as: result, &errors) { row, out, errors in
                    guard let set = constant ?? CharacterSet(named: sets[row].text) else {
                        errors.add(
                            row: row, .invalidFunctionArgument,
                            "'\(sets[row].text)' is not one of \(CharacterSet.names)")
                        return
                    }
                    if !convert(set, values[row], &out) {
                        out.clearRow()
                        errors.add(
                            row: row, .invalidFunctionArgument, "the argument of \(name) \(failure) \(set.rawValue)")
                    }
                }
            }
        }
    }

    /// Whether bytes are UTF-8, and what to do when they are not.
    static let validities: [FunctionDefinition] = [
        .strict(
            "is_valid_utf8", usage: "is_valid_utf8(str)", summary: "Whether the bytes of a text are valid UTF-8.",
            Signature(.bytes), to: .boolean
        ) { call, errors in
            let text = call.text(0)
            return call.flags(&errors) { row, _ in UTF8Validation.firstInvalid(text[row]) == nil }
        },
        .strict(
            "make_valid_utf8", usage: "make_valid_utf8(str)",
            summary: "The text with each invalid run of bytes replaced by U+FFFD.", Signature(.bytes), to: .string
        ) { call, errors in
            let text = call.text(0)
            return call.texts(&errors) { row, out, _ in UTF8Validation.repair(text[row], &out) }
        },
        .strict(
            "validate_utf8", usage: "validate_utf8(str)", summary: "The text; an error when it is not valid UTF-8.",
            Signature(.bytes), to: .string
        ) { call, errors in
            let text = call.text(0)
            return call.texts(&errors) { row, out, errors in
                if let offset = UTF8Validation.firstInvalid(text[row]) {
                    errors.add(row: row, .invalidFunctionArgument, "the text is not valid UTF-8 from byte \(offset) on")
                } else {
                    out.append(text[row])
                }
            }
        },
        .strict(
            "try_validate_utf8", usage: "try_validate_utf8(str)", summary: "The text; NULL when it is not valid UTF-8.",
            Signature(.bytes), to: .string, givesNull: true
        ) { call, errors in
            let text = call.text(0)
            return call.texts(&errors) { row, out, _ in
                if UTF8Validation.firstInvalid(text[row]) == nil {
                    out.append(text[row])
                } else {
                    out.isNull = true
                }
            }
        },
    ]
}
