// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// `from_json` in PERMISSIVE mode: a malformed text gives a STRUCT of NULLs (NULL for an ARRAY or MAP), a value that does not
/// fit its type gives NULL in its place.
enum JSONReading {
    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count >= 2 else { throw .argumentCount(expected: "2") }
        guard arguments.count == 2 else {
            throw .argumentValue(index: 2, expected: "left out: options are not supported")
        }
        guard case .string(let ddl)? = arguments[1].constant else {
            throw .argumentValue(index: 1, expected: "a schema, as a literal of DDL")
        }
        let type = try schema(ddl).nullable
        guard type.isReadable else {
            throw .argumentValue(index: 1, expected: "a schema of types that JSON has, with maps whose keys are STRING")
        }
        let types = try Signature(.string, .string).types(of: arguments)
        return .strict("from_json", types, of: arguments, to: type, givesNull: true) { call, _ in
            let text = call.text(0)
            let builder = JSONColumnBuilder(type)
            for row in 0..<call.rowCount {
                if call.valid?[row] ?? true { builder.appendRoot(text[row]) } else { builder.appendNull() }
            }
            return builder.finish()
        }
    }

    private static func schema(_ ddl: String) throws(FunctionBindingError) -> DataType {
        if let type = try? DataType(parsingDDL: ddl), !type.isSimple { return type }
        do throws(SQLErrors) {
            return .structure(try Schema(parsingDDL: ddl).fields)
        } catch {
            throw .argumentValue(index: 1, expected: "a schema in DDL: \(error)")
        }
    }
}

extension DataType {
    /// The same type with NULL allowed everywhere.
    fileprivate var nullable: DataType {
        switch self {
        case .structure(let fields):
            .structure(fields.map { Field($0.name, $0.type.nullable, nullable: true, comment: $0.comment) })
        case .array(let element, _): .array(element: element.nullable, containsNull: true)
        case .map(let key, let value, _): .map(key: key, value: value.nullable, valueContainsNull: true)
        default: self
        }
    }

    /// Whether values of the type can be read from JSON.
    fileprivate var isReadable: Bool {
        switch self {
        case .void, .dayTimeInterval, .yearMonthInterval: false
        case .structure(let fields): fields.allSatisfy { $0.type.isReadable }
        case .array(let element, _): element.isReadable
        case .map(let key, let value, _): key == .string && value.isReadable
        default: true
        }
    }
}
