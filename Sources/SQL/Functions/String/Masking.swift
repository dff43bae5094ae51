// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// `mask`: replaces letters, digits and other characters by class, so that the shape of a text stays and its content goes.
struct Masking {
    /// What each class is replaced by; `nil` keeps the character.
    private let upper, lower, digit, other: Unicode.Scalar?

    static let definition = FunctionDefinition(
        "mask", group: .string, usage: "mask(input[, upperChar[, lowerChar[, digitChar[, otherChar]]]])",
        summary:
            "The text with its upper-case letters, lower-case letters and digits replaced (by X, x and n unless told);"
            + " NULL keeps a class."
    ) { arguments throws(FunctionBindingError) in
        guard arguments.count >= 1 && arguments.count <= 5 else { throw .argumentCount(expected: "1 to 5") }
        let types = try Signature(.string, optional: [.string, .string, .string, .string]).types(of: arguments)
        var classes: [Unicode.Scalar?] = ["X", "x", "n", nil]
        for index in 1..<max(arguments.count, 1) {
            switch arguments[index].constant {
            case .null?: classes[index - 1] = nil
            case .string(let text)? where text.unicodeScalars.count == 1: classes[index - 1] = text.unicodeScalars.first
            default: throw .argumentValue(index: index, expected: "a literal of one character, or NULL")
            }
        }
        let masking = Masking(upper: classes[0], lower: classes[1], digit: classes[2], other: classes[3])
        let strict = BoundFunction.strict("mask", types, of: Array(arguments.prefix(1)), to: .string) { call, errors in
            let text = call.text(0)
            return call.texts(bytes: text.isConstant ? 0 : text.allBytes.count, &errors) { row, out, _ in
                masking.apply(text[row], &out)
            }
        }
        guard case .scalar(let function) = strict.implementation else { return strict }
        // The class characters may be NULL without making the result NULL: only the first argument is the kernel's.
        return BoundFunction("mask", types, to: .string, nullable: strict.nullable) { operands, rowCount, errors in
            function.body(Array(operands.prefix(1)), rowCount, &errors)
        }
    }

    private func apply(_ text: Span<UInt8>, _ out: inout TextSink) {
        var position = 0
        while position < text.count {
            let scalar = text.scalar(at: position)
            let next = text.next(after: position)
            if let replacement = replacement(for: scalar) {
                out.append(replacement)
            } else {
                out.append(text.extracting(position..<next))
            }
            position = next
        }
    }

    private func replacement(for scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter: upper
        case .lowercaseLetter: lower
        case .decimalNumber: digit
        default: other
        }
    }
}
