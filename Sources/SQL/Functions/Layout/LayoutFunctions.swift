// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Values laid out as text by formats, and read back.
enum LayoutFunctions {
    /// All of them.
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "to_char", aliases: ["to_varchar"], group: .conversion, usage: "to_char(expr, format)",
            summary:
                "A number by a format of 0, 9, G, D, S, MI, PR and $, a moment by a pattern, or BINARY as 'base64', "
                + "'hex' or 'utf-8'.", bind: bindText),
        FunctionDefinition(
            "to_number", group: .conversion, usage: "to_number(str, format)",
            summary: "The DECIMAL that a text of a format of 0, 9, G, D, S, MI, PR and $ stands for."
        ) { arguments throws(FunctionBindingError) in try bindNumber("to_number", arguments, isStrict: true) },
        FunctionDefinition(
            "try_to_number", group: .conversion, usage: "try_to_number(str, format)",
            summary: "The DECIMAL that a text of a format stands for; NULL when it has another format."
        ) { arguments throws(FunctionBindingError) in try bindNumber("try_to_number", arguments, isStrict: false) },
        FunctionDefinition(
            "format_string", aliases: ["printf"], group: .string, usage: "format_string(format, expr, ...)",
            summary: "The format with each %d, %x, %o, %f, %e, %s, %b and %c replaced by an argument, as Java does it.",
            bind: FormatString.bind),
    ]

    private static func bindText(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
        switch arguments[0].type {
        case .date, .timestamp, .timestampNTZ:
            try MomentText.checkPattern(arguments[1], index: 1)
            return BoundFunction(
                "to_char", [.timestamp, .string], to: .string, nullable: arguments.contains { $0.nullable }
            ) { arguments, count, errors in MomentText.format(arguments, count, scale: 1, &errors) }
        case .binary: return try bindBytes(arguments)
        default: return try bindDigits(arguments)
        }
    }

    /// Numbers by a format; integers are decimals without places.
    private static func bindDigits(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        let type: DataType
        switch arguments[0].type {
        case .decimal: type = arguments[0].type
        case .tinyint, .smallint, .int, .void: type = .decimal(precision: 10, scale: 0)
        case .bigint: type = .decimal(precision: 20, scale: 0)
        default: throw .argumentType(index: 0, expected: "a DECIMAL, an integer, a DATE, a TIMESTAMP or BINARY")
        }
        guard let pattern = try pattern(arguments[1]), case .decimal(_, let scale) = type else {
            return nothing("to_char", [type, .string], .string)
        }
        return .strict("to_char", [type, .string], of: arguments, to: .string) { call, errors in
            let numbers = NumberInput<Int128>(call.arguments[0])
            var layout = NumberLayout(pattern)
            return call.texts(&errors) { row, out, _ in layout.write(numbers[row], scale: scale, &out) }
        }
    }

    private static func bindBytes(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        let types: [DataType] = [.binary, .string]
        guard case .string(let name)? = arguments[1].constant else {
            if arguments[1].constant == .null { return nothing("to_char", types, .string) }
            throw .argumentValue(index: 1, expected: ByteText.expected)
        }
        guard let text = ByteText(rawValue: name.lowercased()) else {
            throw .argumentValue(index: 1, expected: ByteText.expected)
        }
        return .strict("to_char", types, of: arguments, to: .string) { call, errors in
            let bytes = call.text(0)
            return call.texts(&errors) { row, out, _ in text.write(bytes[row], &out) }
        }
    }

    private static func bindNumber(
        _ name: String, _ arguments: [FunctionArgument], isStrict: Bool
    ) throws(FunctionBindingError) -> BoundFunction {
        let types = try Signature(.string, .string).types(of: arguments)
        guard let pattern = try pattern(arguments[1]) else {
            return nothing(name, types, .decimal(precision: 38, scale: 0))
        }
        return .strict(name, types, of: arguments, to: pattern.type, givesNull: !isStrict) { call, errors in
            let texts = call.text(0)
            let sink = NumberSink<Int128>(rows: call.rowCount)
            return call.rows(into: sink, as: pattern.type, &errors) { row, out, errors in
                out.value = pattern.number(in: texts[row])
                if out.value == nil, isStrict {
                    errors.add(
                        row: row, .invalidCast, "'\(texts[row].text.prefix(80))' is not written as the format asks")
                }
            }
        }
    }

    /// The format that a literal says; `nil` for NULL.
    private static func pattern(_ argument: FunctionArgument) throws(FunctionBindingError) -> NumberPattern? {
        if argument.constant == .null { return nil }
        guard case .string(let text)? = argument.constant, let pattern = NumberPattern(text) else {
            throw .argumentValue(index: 1, expected: NumberPattern.expected)
        }
        return pattern
    }

    /// NULL in every row.
    static func nothing(_ name: String, _ types: [DataType], _ result: DataType) -> BoundFunction {
        BoundFunction(name, types, to: result) { _, rowCount, _ in StrictEvaluation.nulls(result, rowCount) }
    }
}
