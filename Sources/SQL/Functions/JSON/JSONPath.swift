// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A path of `get_json_object`: `$`, then names (`.name`, `['name']`), indices (`[0]`) and wildcards (`[*]`, `.*`).
struct JSONPath: Sendable {
    /// One step, as Spark counts them: a bracket and what is in it are one.
    enum Step: Sendable {
        case name([UInt8])
        case index(Int)
        case everyElement
        case everyMember
    }

    let steps: [Step]

    /// A path of a text; `nil` when it is none.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard rest.popFirst() == UInt8(ascii: "$") else { return nil }
        var steps: [Step] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: ".") {
                let name = rest.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") }
                if name.isEmpty { return nil }
                steps.append(name.elementsEqual([UInt8(ascii: "*")]) ? .everyMember : .name(Array(name)))
                rest = rest[name.endIndex...]
            } else if byte == UInt8(ascii: "["), let step = Self.bracket(&rest) {
                steps.append(step)
            } else {
                return nil
            }
        }
        self.steps = steps
    }

    /// What stands in a bracket, which is taken up to its end.
    private static func bracket(_ rest: inout ArraySlice<UInt8>) -> Step? {
        guard let first = rest.first else { return nil }
        if first == UInt8(ascii: "'") {
            rest = rest.dropFirst()
            let name = rest.prefix { $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "?") }
            rest = rest[name.endIndex...]
            guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "'"), rest.popFirst() == UInt8(ascii: "]") else {
                return nil
            }
            return name.elementsEqual([UInt8(ascii: "*")]) ? .everyMember : .name(Array(name))
        }
        let inside = rest.prefix { $0 != UInt8(ascii: "]") }
        rest = rest[inside.endIndex...]
        guard rest.popFirst() == UInt8(ascii: "]") else { return nil }
        if inside.elementsEqual([UInt8(ascii: "*")]) { return .everyElement }
        guard !inside.isEmpty, inside.allSatisfy({ ASCII.isDigit($0) }), inside.count < 10 else { return nil }
        return .index(inside.reduce(0) { $0 * 10 + Int($1 - 0x30) })
    }
}
