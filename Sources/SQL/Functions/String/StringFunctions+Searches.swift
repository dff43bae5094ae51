// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension StringFunctions {
    /// Where, and whether, one text stands in another.
    static let searches: [FunctionDefinition] = [
        .strict(
            "instr", usage: "instr(str, substr)",
            summary: "The position (from 1) where substr first stands in str; 0 when it does not.",
            Signature(.string, .string), to: .int
        ) { call, errors in
            let (text, wanted) = (call.text(0), call.text(1))
            return call.ints(&errors) { row, _ in position(of: wanted[row], in: text[row], from: 1) }
        },
        FunctionDefinition(
            "locate", aliases: ["position", "charindex"], group: .string, usage: "locate(substr, str[, pos])",
            summary: "The position (from 1) where substr first stands in str at or behind pos; 0 when it does not."
        ) { arguments throws(FunctionBindingError) in
            let types = try Signature(.string, .string, optional: [.int]).types(of: arguments)
            let body = StrictEvaluation.body(.int, locate)
            return BoundFunction(
                "locate", types, to: .int, nullable: arguments.prefix(2).contains(where: \.nullable)
            ) { operands, rowCount, errors in
                body(operands.prefix(2) + operands.dropFirst(2).map(withoutNulls), rowCount, &errors)
            }
        },
        containment("contains", usage: "contains(left, right)", summary: "Whether right stands somewhere in left.") {
            $0.firstIndex(of: $1) != nil
        },
        containment("startswith", usage: "startswith(left, right)", summary: "Whether left starts with right.") {
            $0.starts(with: $1)
        },
        containment("endswith", usage: "endswith(left, right)", summary: "Whether left ends with right.") {
            $0.ends(with: $1)
        },
        .strict(
            "find_in_set", usage: "find_in_set(str, str_array)",
            summary: "The number (from 1) of a text in a comma-separated list; 0 when it is not there or has a comma.",
            Signature(.string, .string), to: .int
        ) { call, errors in
            let (text, list) = (call.text(0), call.text(1))
            return call.ints(&errors) { row, _ in member(text[row], list[row]) }
        },
    ]

    private static let locate: StrictKernel = { call, errors in
        let (wanted, text) = (call.text(0), call.text(1))
        let start = call.arguments.count == 3 ? call.int(2) : NumberInput(Buffer([Int32(1)]), isConstant: true)
        return call.ints(&errors) { row, _ in position(of: wanted[row], in: text[row], from: Int(start[row])) }
    }

    /// The positions with 0, where nothing is found, for NULL.
    private static func withoutNulls(_ positions: Operand) -> Operand {
        let (numbers, nulls) = (NumberInput<Int32>(positions), NullInput(positions))
        var values = BufferBuilder<Int32>(capacity: positions.storedColumn.count)
        for row in 0..<positions.storedColumn.count { values.append(nulls.isNull(row) ? 0 : numbers[row]) }
        let column = Column(.int, values.finish())
        return positions.isConstant ? .constant(column) : .column(column)
    }

    /// The number of the code point where `wanted` first stands at or behind the code point `start`.
    private static func position(of wanted: Span<UInt8>, in text: Span<UInt8>, from start: Int) -> Int32 {
        if start < 1 { return 0 }
        if wanted.isEmpty { return 1 }
        guard let found = text.firstIndex(of: wanted, from: text.offset(ofCodePoint: start - 1)) else { return 0 }
        return Int32(text.extracting(0..<found).codePointCount + 1)
    }

    private static func containment(
        _ name: String, usage: String, summary: String,
        _ test: @escaping @Sendable (Span<UInt8>, Span<UInt8>) -> Bool
    ) -> FunctionDefinition {
        .strict(name, usage: usage, summary: summary, Signature(.bytes, .bytes), to: .boolean) { call, errors in
            let (text, wanted) = (call.text(0), call.text(1))
            return call.flags(&errors) { row, _ in test(text[row], wanted[row]) }
        }
    }

    private static func member(_ text: Span<UInt8>, _ list: Span<UInt8>) -> Int32 {
        var (start, number) = (0, Int32(1))
        for index in text.indices where text[index] == UInt8(ascii: ",") { return 0 }
        for index in 0...list.count where index == list.count || list[index] == UInt8(ascii: ",") {
            if list.extracting(start..<index).hasSameBytes(as: text) { return number }
            start = index + 1
            number += 1
        }
        return 0
    }
}
