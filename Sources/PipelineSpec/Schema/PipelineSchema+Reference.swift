// SPDX-License-Identifier: Apache-2.0
import JSONText

extension PipelineSchema {
    /// The reference of all keys as Markdown: one table per object.
    public static var reference: String { reference(of: PipelineShape.root) }

    /// The reference of all keys of pipeline tests.
    public static var testReference: String { reference(of: ScenarioShape.root) }

    private static func reference(of root: ObjectShape) -> String {
        var sections: [String] = []
        section(root, title: "The file", level: 2, tag: nil, into: &sections)
        return sections.joined(separator: "\n\n") + "\n"
    }

    private static func section(
        _ shape: ObjectShape, title: String, level: Int, tag: String?, into sections: inout [String]
    ) {
        var lines = [String(repeating: "#", count: level) + " " + title, "", shape.summary]
        if !shape.exactlyOneOf.isEmpty {
            lines.append(
                "Exactly one of \(shape.exactlyOneOf.map { "`\($0)`" }.joined(separator: ", ")) must be there.")
        }
        if !shape.keys.isEmpty {
            lines += ["", "| key | holds | default | meaning |", "|---|---|---|---|"]
            lines += shape.keys.map { row($0) }
        }
        sections.append(lines.joined(separator: "\n"))
        for key in shape.keys {
            for (inner, name) in nested(key.shape, name: key.name) where !isDescribed(inner, name, in: sections) {
                section(inner, title: name, level: min(level + 1, 4), tag: nil, into: &sections)
            }
        }
    }

    /// Objects that several others share are described where they come first.
    private static func isDescribed(_ shape: ObjectShape, _ title: String, in sections: [String]) -> Bool {
        let body = " \(title)\n\n\(shape.summary)"
        return sections.contains { $0.drop { $0 == "#" }.hasPrefix(body) }
    }

    private static func row(_ key: KeyShape) -> String {
        var meaning = key.summary
        if case .choice(let choices) = key.shape {
            meaning += " " + choices.map { "`\($0.name)`: \($0.summary)." }.joined(separator: " ")
        }
        if case .either(.choice(let choices), _) = key.shape {
            meaning += " " + choices.map { "`\($0.name)`: \($0.summary)." }.joined(separator: " ")
        }
        if let example = key.example { meaning += " For example `\(example.text)`." }
        let fallback = key.isRequired ? "**required**" : key.defaultValue.map { "`\($0.text)`" } ?? ""
        let escaped = meaning.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
        return "| `\(key.name)` | \(holds(key.shape)) | \(fallback) | \(escaped) |"
    }

    private static func holds(_ shape: ValueShape) -> String {
        switch shape {
        case .text(let kind): kind.rawValue
        case .boolean: "true or false"
        case .integer(let range):
            range.upperBound >= Int64(Int32.max)
                ? "integer ≥ \(range.lowerBound)" : "integer \(range.lowerBound)–\(range.upperBound)"
        case .duration: "duration"
        case .size: "size"
        case .instant: "time"
        case .choice: "one of"
        case .scalar: "string, number or boolean"
        case .list(let element, _): "list of \(holds(element))"
        case .map(_, let element, _): "object: name → \(holds(element))"
        case .object: "object, see below"
        case .union: "object by `type`, see below"
        case .either(let text, let object): "\(holds(text)), or \(holds(object))"
        case .json: "any JSON"
        }
    }

    /// The objects inside a shape, with titles.
    private static func nested(_ shape: ValueShape, name: String) -> [(ObjectShape, String)] {
        switch shape {
        case .object(let object): [(object, "`\(name)`")]
        case .union(let cases): cases.map { ($0, "`\(name)`: type `\($0.name)`") }
        case .list(let element, _), .map(_, let element, _): nested(element, name: name)
        case .either(let text, let object): nested(text, name: name) + nested(object, name: name)
        default: []
        }
    }
}
