// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// The functions of JSON texts. Texts are walked over once, bytes in and bytes out.
enum JSONFunctions {
    /// All of them.
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "get_json_object", group: .json, usage: "get_json_object(json_txt, path)",
            summary:
                "What a path ($.name, $['name'], $[0], $[*]) finds in a JSON text; NULL when nothing, or it is malformed."
        ) { arguments throws(FunctionBindingError) in
            let types = try Signature(.string, .string).types(of: arguments)
            guard case .string(let text)? = arguments[1].constant else {
                return .strict("get_json_object", types, of: arguments, to: .string, givesNull: true) { call, errors in
                    find(call, nil, &errors)
                }
            }
            let path = JSONPath(text)
            return .strict("get_json_object", types, of: arguments, to: .string, givesNull: true) { call, errors in
                path == nil ? StrictEvaluation.nulls(.string, call.rowCount) : find(call, path, &errors)
            }
        },
        .strict(
            "json_array_length", group: .json, usage: "json_array_length(jsonArray)",
            summary: "How many elements the outermost array of a JSON text has; NULL when it is none, or malformed.",
            Signature(.string), to: .int, givesNull: true
        ) { call, errors in
            let text = call.text(0)
            return call.ints(&errors) { row, _ in length(text[row]) }
        },
        .strict(
            "json_object_keys", group: .json, usage: "json_object_keys(json_object)",
            summary: "The keys of the outermost object of a JSON text; NULL when it is none, or malformed.",
            Signature(.string), to: .array(element: .string, containsNull: false), givesNull: true, kernel: keys),
        FunctionDefinition(
            "from_json", group: .json, usage: "from_json(jsonStr, schema)",
            summary:
                "The STRUCT, ARRAY or MAP of a schema (a literal of DDL) read from a JSON text; what does not fit is NULL.",
            bind: JSONReading.bind),
        FunctionDefinition(
            "schema_of_json", group: .json, usage: "schema_of_json(jsonStr)",
            summary: "The type of a JSON text (a literal) as DDL, for from_json.", bind: JSONSchema.bind),
        FunctionDefinition(
            "to_json", group: .json, usage: "to_json(expr)",
            summary: "A STRUCT, ARRAY or MAP as a JSON text; fields that are NULL are left out.", bind: JSONWriting.bind
        ),
    ]

    private static func find(_ call: FunctionCall, _ constant: JSONPath?, _ errors: inout RowErrors) -> Column {
        let (text, paths) = (call.text(0), call.text(1))
        var evaluation = JSONPathEvaluation()
        var (path, pathRow) = (constant, -1)
        return call.texts(&errors) { row, out, _ in
            if constant == nil, pathRow < 0 || !paths[row].hasSameBytes(as: paths[pathRow]) {
                (path, pathRow) = (JSONPath(paths[row].text), row)
            }
            guard let path, evaluation.find(path, in: text[row], &out) else {
                out.isNull = true
                return
            }
        }
    }

    private static func length(_ text: Span<UInt8>) -> Int32? {
        var scanner = JSONScanner()
        guard scanner.kind(text) == .array else { return nil }
        var count: Int32 = 0
        let isWhole = scanner.members(text, close: UInt8(ascii: "]")) { scanner in
            count += 1
            return scanner.skipValue(text, depth: 1)
        }
        return isWhole ? count : nil
    }

    private static let keys: StrictKernel = { call, errors in
        let text = call.text(0)
        var scratch = BufferBuilder<UInt8>()
        let type = DataType.array(element: .string, containsNull: false)
        return call.rows(into: TextListSink(rows: call.rowCount), as: type, &errors) { row, out, _ in
            let value = text[row]
            var check = JSONScanner()
            guard check.kind(value) == .object, check.skipValue(value) else {
                out.isNull = true
                return
            }
            var scanner = JSONScanner()
            scanner.skipBlanks(value)
            _ = scanner.members(value, close: UInt8(ascii: "}")) { scanner in
                guard let key = scanner.key(value) else { return false }
                scratch.removeAll()
                JSONOutput.unescape(value.extracting(key.inside), &scratch)
                out.append(scratch.span)
                return scanner.skipValue(value, depth: 1)
            }
        }
    }
}
