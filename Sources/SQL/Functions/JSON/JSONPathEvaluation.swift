// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Follows a path through one text after the other and writes what it finds, by Spark's (Hive's) rules: a name takes the first
/// member that gives something, a wildcard over an array writes an array only for more than one match, two wildcards in a
/// row flatten.
struct JSONPathEvaluation: ~Copyable {
    /// How matches are written.
    private enum Style {
        /// A text without quotes.
        case raw
        /// As JSON.
        case quoted
        /// As JSON, with the elements of arrays instead of arrays.
        case flat
    }

    private var scanner = JSONScanner()
    private var scratch = BufferBuilder<UInt8>()
    private var output = BufferBuilder<UInt8>()
    /// Whether the text turned out to be malformed.
    private var isBroken = false
    /// Whether a comma is due before the next value written into an array.
    private var needsComma = false

    /// Appends what the path finds in a text; `false` when that is nothing, or the text is malformed.
    mutating func find(_ path: JSONPath, in text: Span<UInt8>, _ out: inout TextSink) -> Bool {
        scanner.position = 0
        output.removeAll()
        (isBroken, needsComma) = (false, false)
        let isFound = evaluate(text, path.steps[...], .raw, 0)
        guard isFound && !isBroken else { return false }
        out.append(output.span)
        return true
    }

    private mutating func fail() -> Bool {
        isBroken = true
        return false
    }

    private mutating func skip(_ text: Span<UInt8>) -> Bool {
        if !scanner.skipValue(text) { isBroken = true }
        return false
    }

    private mutating func beginValue() {
        if needsComma { output.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func evaluate(
        _ text: Span<UInt8>, _ steps: ArraySlice<JSONPath.Step>, _ style: Style, _ depth: Int
    ) -> Bool {
        guard depth < JSONScanner.maxDepth, let kind = scanner.kind(text) else { return fail() }
        guard let step = steps.first else { return write(text, kind, style, depth) }
        switch (kind, step) {
        case (.object, .name(let name)): return member(text, name, steps.dropFirst(), style, depth)
        case (.array, .everyElement): return elements(text, steps.dropFirst(), style, depth)
        case (.array, .index(let index)):
            var next = steps.dropFirst()
            if case .everyElement? = next.first {
                // What comes out of this index may be several values.
                return element(text, index, next, .quoted, depth)
            }
            next = steps.dropFirst()
            return element(text, index, next, style, depth)
        default: return skip(text)
        }
    }

    private mutating func write(_ text: Span<UInt8>, _ kind: JSONScanner.Kind, _ style: Style, _ depth: Int) -> Bool {
        if kind == .string, style == .raw {
            guard let string = scanner.string(text) else { return fail() }
            JSONOutput.unescape(text.extracting(string.inside), &output)
            return true
        }
        if kind == .array, style == .flat {
            var isFound = false
            let isWhole = each(text, UInt8(ascii: "]")) { evaluation in
                isFound = evaluation.evaluate(text, [], .flat, depth + 1) || isFound
                return !evaluation.isBroken
            }
            return isWhole ? isFound : fail()
        }
        beginValue()
        return JSONOutput.copy(text, &scanner, &scratch, &output, depth: depth) ? true : fail()
    }

    /// Calls `body` for each member of the array or object that starts here.
    private mutating func each(_ text: Span<UInt8>, _ close: UInt8, _ body: (inout JSONPathEvaluation) -> Bool) -> Bool
    {
        scanner.position += 1
        if scanner.take(close, text) { return true }
        while true {
            guard body(&self) else { return false }
            if scanner.take(close, text) { return true }
            guard scanner.take(UInt8(ascii: ","), text) else { return false }
        }
    }

    private mutating func member(
        _ text: Span<UInt8>, _ name: [UInt8], _ rest: ArraySlice<JSONPath.Step>, _ style: Style, _ depth: Int
    ) -> Bool {
        var isFound = false
        let isWhole = each(text, UInt8(ascii: "}")) { evaluation in
            guard let key = evaluation.scanner.key(text) else { return false }
            let isWanted = !isFound && evaluation.matches(text.extracting(key.inside), key.isEscaped, name)
            if isWanted, evaluation.scanner.kind(text) != .nullValue {
                isFound = evaluation.evaluate(text, rest, style, depth + 1)
            } else {
                _ = evaluation.skip(text)
            }
            return !evaluation.isBroken
        }
        return isWhole ? isFound : fail()
    }

    private mutating func matches(_ key: Span<UInt8>, _ isEscaped: Bool, _ name: [UInt8]) -> Bool {
        if !isEscaped { return key.hasSameBytes(as: name.span) }
        scratch.removeAll()
        JSONOutput.unescape(key, &scratch)
        return scratch.span.hasSameBytes(as: name.span)
    }

    private mutating func element(
        _ text: Span<UInt8>, _ index: Int, _ rest: ArraySlice<JSONPath.Step>, _ style: Style, _ depth: Int
    ) -> Bool {
        var (number, isFound) = (0, false)
        let isWhole = each(text, UInt8(ascii: "]")) { evaluation in
            if number == index {
                isFound = evaluation.evaluate(text, rest, style, depth + 1)
            } else {
                _ = evaluation.skip(text)
            }
            number += 1
            return !evaluation.isBroken
        }
        return isWhole ? isFound : fail()
    }

    private mutating func elements(
        _ text: Span<UInt8>, _ rest: ArraySlice<JSONPath.Step>, _ style: Style, _ depth: Int
    ) -> Bool {
        var (inner, next, keepsArray) = (style == .flat ? Style.flat : .quoted, rest, style == .quoted)
        if case .everyElement? = rest.first {
            (inner, next, keepsArray) = (.flat, rest.dropFirst(), true)
        }
        beginValue()
        let start = output.count
        output.append(UInt8(ascii: "["))
        needsComma = false
        var matches = 0
        let isWhole = each(text, UInt8(ascii: "]")) { evaluation in
            if evaluation.evaluate(text, next, inner, depth + 1) { matches += 1 }
            return !evaluation.isBroken
        }
        guard isWhole else { return fail() }
        needsComma = true
        if keepsArray || matches > 1 {
            output.append(UInt8(ascii: "]"))
        } else {
            removeFirstByte(start)
        }
        return matches > 0
    }

    /// Takes the bracket away again that turned out not to be wanted.
    private mutating func removeFirstByte(_ start: Int) {
        var bytes = output.mutableSpan
        var index = start
        while index + 1 < bytes.count {
            bytes[index] = bytes[index + 1]
            index += 1
        }
        output.truncate(to: output.count - 1)
    }
}
