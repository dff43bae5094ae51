// SPDX-License-Identifier: Apache-2.0
import JSONText
import Testing

@testable import PipelineSpec

struct SchemaTests {
    @Test func everyKeyIsDescribedAndNoOtherIsAllowed() {
        let schema = PipelineSchema.jsonSchema
        #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["additionalProperties"] == false)
        #expect(schema["required"] == ["name", "sources", "sinks"])
        func walk(_ value: JSONValue, _ path: String) {
            if value["type"] == "object", let properties = value["properties"]?.members {
                #expect(value["additionalProperties"] == false, "\(path)")
                for property in properties {
                    #expect(property.value["description"]?.string?.isEmpty == false, "\(path).\(property.name)")
                }
            }
            for member in value.members ?? [] { walk(member.value, "\(path).\(member.name)") }
            for element in value.elements ?? [] { walk(element, path) }
        }
        walk(schema, "$")
    }

    @Test func defaultsAreInTheSchema() {
        let kafka = PipelineSchema.jsonSchema["properties"]?["sources"]?["additionalProperties"]?["oneOf"]?.elements?
            .first
        #expect(kafka?["properties"]?["type"]?["const"] == "kafka")
        #expect(kafka?["properties"]?["onDataLoss"]?["default"] == "fail")
        #expect(kafka?["properties"]?["format"]?["default"] == ["type": "json"])
    }

    @Test func referenceHasEveryKindOfSourceAndSink() {
        for type in ["kafka", "files", "rate", "iot"] {
            #expect(PipelineSchema.reference.contains("`sources`: type `\(type)`"))
        }
        for type in ["delta", "files", "console"] {
            #expect(PipelineSchema.reference.contains("`sinks`: type `\(type)`"))
        }
    }
}
