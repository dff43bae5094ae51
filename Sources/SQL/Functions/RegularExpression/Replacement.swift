// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The replacement text of `regexp_replace`: `$1` and `${name}` stand for groups, a backslash takes a character as it is.
struct Replacement {
    private enum Piece {
        case literal([UInt8])
        case group(Int)
    }

    private var pieces: [Piece] = []

    /// How many groups matches must carry, group 0 included.
    var groups: Int {
        pieces.reduce(1) { most, piece in if case .group(let number) = piece { max(most, number + 1) } else { most } }
    }

    /// Reads a replacement for an expression.
    init(_ text: String, for expression: RegularExpression) throws(RegularExpression.Mistake) {
        let source = Array(text.unicodeScalars)
        var literal = ""
        var position = 0
        while position < source.count {
            let scalar = source[position]
            position += 1
            guard scalar == "$" || scalar == "\\" else {
                literal.unicodeScalars.append(scalar)
                continue
            }
            guard position < source.count else {
                throw RegularExpression.Mistake(message: "the replacement ends with '\(scalar)'")
            }
            if scalar == "\\" {
                literal.unicodeScalars.append(source[position])
                position += 1
                continue
            }
            let number = try Self.group(source, &position, expression)
            if !literal.isEmpty { pieces.append(.literal(Array(literal.utf8))) }
            literal = ""
            pieces.append(.group(number))
        }
        if !literal.isEmpty { pieces.append(.literal(Array(literal.utf8))) }
    }

    /// Reads what stands behind a `$`: as many digits as make the number of a group, or a name in braces.
    private static func group(
        _ source: [Unicode.Scalar], _ position: inout Int, _ expression: RegularExpression
    ) throws(RegularExpression.Mistake) -> Int {
        if source[position] == "{" {
            guard let end = source[position...].firstIndex(of: "}") else {
                throw RegularExpression.Mistake(message: "the replacement has '${' without '}'")
            }
            let name = String(String.UnicodeScalarView(source[(position + 1)..<end]))
            position = end + 1
            guard let number = expression.group(named: name) else {
                throw RegularExpression.Mistake(message: "there is no group named '\(name)'")
            }
            return number
        }
        guard var number = digit(source[position]) else {
            throw RegularExpression.Mistake(message: "'$' in the replacement is not followed by a group")
        }
        guard number <= expression.groupCount else {
            throw RegularExpression.Mistake(message: "there is no group \(number)")
        }
        position += 1
        while position < source.count, let next = digit(source[position]),
            number * 10 + next <= expression.groupCount
        {
            number = number * 10 + next
            position += 1
        }
        return number
    }

    private static func digit(_ scalar: Unicode.Scalar) -> Int? {
        ("0"..."9").contains(scalar) ? Int(scalar.value) - 0x30 : nil
    }

    /// Appends the replacement of one match in a text.
    func append(_ table: MatchTable, _ match: Int, in text: Span<UInt8>, to out: inout TextSink) {
        for piece in pieces {
            switch piece {
            case .literal(let bytes): out.bytes.append(contentsOf: bytes.span)
            case .group(let number):
                if let range = table.range(match, group: number) { out.append(text.extracting(range)) }
            }
        }
    }
}
