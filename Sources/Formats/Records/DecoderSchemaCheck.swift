// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Refuses columns that records of a format cannot hold.
struct DecoderSchemaCheck {
    let format: RecordFormat

    func check(_ schema: Schema) throws(PipelineError) {
        switch format {
        case .json: for field in schema.fields { try check(field.type, path: field.name) }
        case .csv: for field in schema.fields { try checkFlat(field) }
        case .text: try checkSingle(schema, .string)
        case .raw: try checkSingle(schema, .binary)
        case .native:
            throw PipelineError(.unsupported, "rows of generators need no decoding")
        }
    }

    private func check(_ type: DataType, path: String) throws(PipelineError) {
        switch type {
        case .structure(let fields): for field in fields { try check(field.type, path: "\(path).\(field.name)") }
        case .array(let element, _): try check(element, path: "\(path)[]")
        case .map(let key, let value, _):
            guard key == .string else {
                throw PipelineError(
                    .unsupported, "'\(path)' has \(key) keys, and JSON names are text", hint: "Use MAP<STRING, …>")
            }
            try check(value, path: "\(path){}")
        case .void, .dayTimeInterval, .yearMonthInterval:
            throw PipelineError(.unsupported, "'\(path)' cannot be read as \(type)")
        default: return
        }
    }

    private func checkFlat(_ field: Field) throws(PipelineError) {
        switch field.type {
        case .structure, .array, .map, .void, .dayTimeInterval, .yearMonthInterval:
            throw PipelineError(
                .unsupported, "'\(field.name)' is \(field.type), which CSV cannot hold",
                hint: "Declare it as STRING and use from_json")
        default: return
        }
    }

    private func checkSingle(_ schema: Schema, _ type: DataType) throws(PipelineError) {
        guard schema.count == 1, schema.fields[0].type == type else {
            throw PipelineError(
                .schemaMismatch, "this format gives one \(type) column", hint: "Declare the schema as 'value \(type)'")
        }
    }
}
