// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A compiled datetime pattern: letters as in Spark's "Datetime Patterns for Formatting and Parsing".
struct DateTimePattern: Sendable {
    /// One part of a pattern.
    enum Element: Sendable, Equatable {
        case literal([UInt8])
        /// A letter and how often it stands.
        case field(UInt8, Int)
        case optionalStart
        case optionalEnd
    }

    let elements: [Element]

    /// The pattern of a text; `nil` when it has letters without a meaning or quotes without an end.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        var elements: [Element] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "'"):
                guard let (literal, end) = Self.quoted(bytes, from: index) else { return nil }
                elements.append(.literal(literal))
                index = end
            case UInt8(ascii: "["):
                elements.append(.optionalStart)
                index += 1
            case UInt8(ascii: "]"):
                elements.append(.optionalEnd)
                index += 1
            case _ where ASCII.lowercased(byte) &- UInt8(ascii: "a") < 26:
                var end = index
                while end < bytes.count, bytes[end] == byte { end += 1 }
                guard Self.isKnown(byte, end - index) else { return nil }
                elements.append(.field(byte, end - index))
                index = end
            case UInt8(ascii: "#"), UInt8(ascii: "{"), UInt8(ascii: "}"): return nil
            default:
                elements.append(.literal([byte]))
                index += 1
            }
        }
        guard Self.isBalanced(elements) else { return nil }
        self.elements = elements
    }

    private static func isBalanced(_ elements: [Element]) -> Bool {
        var depth = 0
        for element in elements {
            if element == .optionalStart { depth += 1 }
            if element == .optionalEnd { depth -= 1 }
            if depth < 0 { return false }
        }
        return depth == 0
    }

    private static func quoted(_ bytes: [UInt8], from start: Int) -> ([UInt8], Int)? {
        let quote = UInt8(ascii: "'")
        if start + 1 < bytes.count, bytes[start + 1] == quote { return ([quote], start + 2) }
        var literal: [UInt8] = []
        var index = start + 1
        while index < bytes.count {
            if bytes[index] == quote {
                guard index + 1 < bytes.count, bytes[index + 1] == quote else { return (literal, index + 1) }
                index += 1
            }
            literal.append(bytes[index])
            index += 1
        }
        return nil
    }

    private static func isKnown(_ letter: UInt8, _ count: Int) -> Bool {
        switch letter {
        case UInt8(ascii: "y"): count <= 6
        case UInt8(ascii: "M"), UInt8(ascii: "L"), UInt8(ascii: "E"), UInt8(ascii: "Q"), UInt8(ascii: "q"),
            UInt8(ascii: "G"):
            count <= 4
        case UInt8(ascii: "d"), UInt8(ascii: "H"), UInt8(ascii: "h"), UInt8(ascii: "K"), UInt8(ascii: "k"),
            UInt8(ascii: "m"), UInt8(ascii: "s"):
            count <= 2
        case UInt8(ascii: "D"): count <= 3
        case UInt8(ascii: "S"): count <= 9
        case UInt8(ascii: "a"), UInt8(ascii: "F"): count == 1
        case UInt8(ascii: "V"): count == 2
        case UInt8(ascii: "z"): count <= 4
        case UInt8(ascii: "X"), UInt8(ascii: "x"), UInt8(ascii: "Z"): count <= 5
        case UInt8(ascii: "O"): count == 1 || count == 4
        default: false
        }
    }

    static let months: [StaticString] = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    /// From Monday.
    static let weekdays: [StaticString] = [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]
}
