// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// The functions of regular expressions. Patterns are Java's as far as RE2 knows them: look-around, back-references,
/// possessive quantifiers and atomic groups are refused when the call is bound.
enum RegularExpressionFunctions {
    /// All of them.
    static let all: [FunctionDefinition] = [
        function(
            "rlike", aliases: ["regexp", "regexp_like"], group: .operators, usage: "str RLIKE regexp",
            summary: "Whether a regular expression matches somewhere in a text.", to: .boolean
        ) { matching, errors in matching.test(&errors) },
        function(
            "regexp_count", usage: "regexp_count(str, regexp)",
            summary: "How many matches of a regular expression a text has.", to: .int
        ) { matching, errors in
            matching.rows(into: NumberSink<Int32>(rows: matching.call.rowCount), as: .int, limit: 0, &errors) {
                row, sink, _ in
                sink.value = Int32(row.matches.count)
            }
        },
        function(
            "regexp_substr", usage: "regexp_substr(str, regexp)",
            summary: "The first match of a regular expression in a text; NULL without one, or when it is empty.",
            to: .string,
            givesNull: true
        ) { matching, errors in
            matching.rows(into: TextSink(rows: matching.call.rowCount), as: .string, limit: 1, &errors) { row, out, _ in
                if let match = row.matches.first, let range = row.table.range(match), !range.isEmpty {
                    out.append(matching.text[row.row].extracting(range))
                } else {
                    out.isNull = true
                }
            }
        },
        function(
            "regexp_instr", usage: "regexp_instr(str, regexp[, idx])",
            summary: "The position (from 1) of the first match of a regular expression in a text; 0 without one.",
            optional: [.int], to: .int
        ) { matching, errors in
            matching.rows(into: NumberSink<Int32>(rows: matching.call.rowCount), as: .int, limit: 1, &errors) {
                row, sink, _ in
                let text = matching.text[row.row]
                let range = row.matches.first.flatMap { row.table.range($0) }
                sink.value = range.map { Int32(text.extracting(0..<$0.lowerBound).codePointCount + 1) } ?? 0
            }
        },
        function(
            "regexp_extract", usage: "regexp_extract(str, regexp[, idx])",
            summary: "A group (1 by default, 0 is all) of the first match of a regular expression; empty without one.",
            optional: [.int], to: .string
        ) { matching, errors in extract(matching, &errors) },
        function(
            "regexp_extract_all", usage: "regexp_extract_all(str, regexp[, idx])",
            summary: "A group (1 by default, 0 is all) of each match of a regular expression.", optional: [.int],
            to: .array(element: .string, containsNull: true)
        ) { matching, errors in extractAll(matching, &errors) },
        FunctionDefinition(
            "regexp_replace", group: .string, usage: "regexp_replace(str, regexp, rep[, position])",
            summary:
                "The text with every match of a regular expression (from position on) replaced; $1 and ${name} in rep"
                + " stand for groups.", bind: RegularExpressionReplacing.bind),
        FunctionDefinition(
            "split", group: .string, usage: "split(str, regex[, limit])",
            summary:
                "The parts of a text between the matches of a regular expression, at most limit of them when it is above 0.",
            bind: RegularExpressionSplitting.bind),
    ]

    private static func function(
        _ name: String, aliases: [String] = [], group: FunctionDefinition.Group = .string, usage: String,
        summary: String, optional: [Signature.Parameter] = [], to result: DataType, givesNull: Bool = false,
        kernel: @escaping @Sendable (RegularExpressionCall, inout RowErrors) -> Column
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, group: group, usage: usage, summary: summary) {
            arguments throws(FunctionBindingError) in
            let types = try Signature(.string, .string, optional: optional).types(of: arguments)
            let pattern = try PatternArgument(arguments, at: 1)
            if name.hasPrefix("regexp_extract"), let expression = pattern.compiled, arguments.count == 3 {
                try check(arguments[2].constant, expression)
            }
            return .strict(name, types, of: arguments, to: result, givesNull: givesNull) { call, errors in
                kernel(RegularExpressionCall(call, pattern), &errors)
            }
        }
    }

    private static func check(_ group: Value?, _ expression: RegularExpression) throws(FunctionBindingError) {
        guard case .int(let number)? = group else { return }
        if number < 0 || number > expression.groupCount {
            throw .argumentValue(index: 2, expected: "the number of a group, 0 to \(expression.groupCount)")
        }
    }

    private static func groups(_ matching: RegularExpressionCall) -> NumberInput<Int32> {
        matching.call.arguments.count == 3 ? matching.call.int(2) : NumberInput(Buffer([Int32(1)]), isConstant: true)
    }

    /// The group of a row where the expression has it; reports the row where not.
    private static func group(
        _ row: RegularExpressionCall.Row, _ wanted: NumberInput<Int32>, _ errors: inout RowErrors
    ) -> Int? {
        let number = Int(wanted[row.row])
        if number >= 0 && number <= row.expression.groupCount { return number }
        errors.add(
            row: row.row, .invalidFunctionArgument,
            "the pattern has groups 0 to \(row.expression.groupCount), but group \(number) is asked for")
        return nil
    }

    private static func extract(_ matching: RegularExpressionCall, _ errors: inout RowErrors) -> Column {
        let wanted = groups(matching)
        let constant = wanted.isConstant ? Int(wanted[0]) : nil
        return matching.rows(
            into: TextSink(rows: matching.call.rowCount), as: .string, limit: 1,
            groups: { min(max(constant ?? $0.groupCount, 0), $0.groupCount) + 1 }, &errors
        ) { row, out, errors in
            guard let group = group(row, wanted, &errors), let match = row.matches.first,
                let range = row.table.range(match, group: group)
            else { return }
            out.append(matching.text[row.row].extracting(range))
        }
    }

    private static func extractAll(_ matching: RegularExpressionCall, _ errors: inout RowErrors) -> Column {
        let wanted = groups(matching)
        let constant = wanted.isConstant ? Int(wanted[0]) : nil
        return matching.rows(
            into: TextListSink(rows: matching.call.rowCount),
            as: .array(element: .string, containsNull: true), limit: 0,
            groups: { min(max(constant ?? $0.groupCount, 0), $0.groupCount) + 1 }, &errors
        ) { row, out, errors in
            guard let group = group(row, wanted, &errors) else { return }
            for match in row.matches {
                if let range = row.table.range(match, group: group) {
                    out.append(matching.text[row.row].extracting(range))
                } else {
                    out.append(matching.text[row.row].extracting(0..<0))
                }
            }
        }
    }
}
