// SPDX-License-Identifier: Apache-2.0
public import JSONText

/// The JSON Schema of pipeline files, made from the shapes that the loader checks.
public enum PipelineSchema {
    /// The schema, draft 2020-12.
    public static var jsonSchema: JSONValue {
        jsonSchema(of: PipelineShape.root, uri: PipelineShape.schemaURI, title: "Millrace pipeline")
    }

    /// The schema of pipeline tests, draft 2020-12.
    public static var testJSONSchema: JSONValue {
        jsonSchema(of: ScenarioShape.root, uri: ScenarioShape.schemaURI, title: "Millrace pipeline test")
    }

    private static func jsonSchema(of root: ObjectShape, uri: String, title: String) -> JSONValue {
        let body = objectSchema(root, tag: nil).members ?? []
        let head: [(String, JSONValue)] = [
            ("$schema", "https://json-schema.org/draft/2020-12/schema"),
            ("$id", .string(uri)), ("title", .string(title)),
        ]
        return .object(head + body.map { ($0.name, $0.value) } + [("$defs", definitions)])
    }

    private static let variablePattern = "\\$\\{"

    private static let definitions: JSONValue = [
        "duration": [
            "type": "string", "description": "For example 250 ms, 10 seconds, 1 minute 30 seconds, PT10S.",
            "pattern": "^(0|[0-9].*[A-Za-zµ]|[Pp].+|.*\\$\\{.*)$",
        ],
        "size": [
            "type": "string", "description": "For example 64 MiB, 1.5 GiB, 500 MB.",
            "pattern": "^([0-9].*|.*\\$\\{.*)$",
        ],
        "instant": [
            "type": "string", "description": "For example 2026-01-31T08:00:00Z.",
            "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2}.*|.*\\$\\{.*)$",
        ],
        "variable": ["type": "string", "pattern": .string(variablePattern)],
    ]

    private static func schema(of shape: ValueShape) -> [(String, JSONValue)] {
        switch shape {
        case .text: return [("type", "string")]
        case .boolean: return [("anyOf", [["type": "boolean"], ["$ref": "#/$defs/variable"]])]
        case .integer(let range):
            var integer: [(String, JSONValue)] = [("type", "integer"), ("minimum", .number(range.lowerBound))]
            if range.upperBound < Int64.max { integer.append(("maximum", .number(range.upperBound))) }
            return [("anyOf", .array([.object(integer), ["$ref": "#/$defs/variable"]]))]
        case .duration: return [("$ref", "#/$defs/duration")]
        case .size: return [("$ref", "#/$defs/size")]
        case .instant: return [("$ref", "#/$defs/instant")]
        case .choice(let choices):
            let words = choices.map { choice -> JSONValue in
                .object([("const", .string(choice.name)), ("description", .string(choice.summary))])
            }
            return [("anyOf", .array(words + [["$ref": "#/$defs/variable"]]))]
        case .scalar: return [("type", ["string", "number", "boolean"])]
        case .list(let element, let least):
            return [("type", "array"), ("items", .object(schema(of: element)))]
                + (least > 0 ? [("minItems", .number(least))] : [])
        case .map(let rule, let element, let least):
            return [
                ("type", "object"), ("propertyNames", ["pattern": .string(rule.pattern)]),
                ("additionalProperties", .object(schema(of: element))),
            ] + (least > 0 ? [("minProperties", .number(least))] : [])
        case .object(let object): return (objectSchema(object, tag: nil).members ?? []).map { ($0.name, $0.value) }
        case .union(let cases):
            return [
                ("type", "object"), ("required", ["type"]),
                ("oneOf", .array(cases.map { objectSchema($0, tag: $0.name) })),
            ]
        case .either(let text, let object):
            return [("anyOf", .array([.object(schema(of: text)), .object(schema(of: object))]))]
        case .json: return []
        }
    }

    private static func objectSchema(_ shape: ObjectShape, tag: String?) -> JSONValue {
        var properties: [(String, JSONValue)] = []
        if let tag {
            properties.append(("type", .object([("const", .string(tag)), ("description", .string(shape.summary))])))
        }
        for key in shape.keys {
            var members: [(String, JSONValue)] = [("description", .string(key.summary))]
            members += schema(of: key.shape).filter { $0.0 != "description" }
            if let value = key.defaultValue { members.append(("default", value)) }
            if let example = key.example { members.append(("examples", [example])) }
            properties.append((key.name, .object(members)))
        }
        let required = (tag == nil ? [] : ["type"]) + shape.keys.filter(\.isRequired).map(\.name)
        var members: [(String, JSONValue)] = [
            ("description", .string(shape.summary)), ("type", "object"), ("properties", .object(properties)),
            ("additionalProperties", false),
        ]
        if !required.isEmpty { members.append(("required", .array(required.map { .string($0) }))) }
        if !shape.exactlyOneOf.isEmpty {
            members.append(("oneOf", .array(shape.exactlyOneOf.map { ["required": [.string($0)]] })))
        }
        return .object(members)
    }
}
