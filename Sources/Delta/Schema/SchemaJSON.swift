// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText

/// The JSON form of types in the Delta log.
///
/// Delta protocol, "Schema Serialization Format".
enum SchemaJSON {
    enum Names { case logical, physical }

    static let physicalName = "delta.columnMapping.physicalName"
    static let columnID = "delta.columnMapping.id"
    static let nestedIDs = "delta.columnMapping.nested.ids"

    // MARK: Reading

    static func fields(of json: JSONValue, _ names: Names) throws(PipelineError) -> [Field] {
        guard json["type"]?.string == "struct", let elements = json["fields"]?.elements else {
            throw PipelineError(.corruptTable, "the table's schema is no struct with fields")
        }
        var fields: [Field] = []
        fields.reserveCapacity(elements.count)
        for element in elements { fields.append(try field(element, names)) }
        return fields
    }

    private static func field(_ json: JSONValue, _ names: Names) throws(PipelineError) -> Field {
        guard let name = json["name"]?.string, let type = json["type"] else {
            throw PipelineError(.corruptTable, "a field of the table's schema has no name or no type")
        }
        let metadata = json["metadata"]
        do throws(PipelineError) {
            let physical = names == .physical ? metadata?[physicalName]?.string : nil
            return Field(
                physical ?? name, try dataType(type, names), nullable: json["nullable"]?.boolean ?? true,
                comment: metadata?["comment"]?.string ?? "")
        } catch {
            throw error.within("column", name)
        }
    }

    private static func dataType(_ json: JSONValue, _ names: Names) throws(PipelineError) -> DataType {
        if let name = json.string { return try primitive(name) }
        switch json["type"]?.string {
        case "struct": return .structure(try fields(of: json, names))
        case "array":
            guard let element = json["elementType"] else {
                throw PipelineError(.corruptTable, "an array type without elementType")
            }
            return .array(
                element: try dataType(element, names), containsNull: json["containsNull"]?.boolean ?? true)
        case "map":
            guard let key = json["keyType"], let value = json["valueType"] else {
                throw PipelineError(.corruptTable, "a map type without keyType or valueType")
            }
            return .map(
                key: try dataType(key, names), value: try dataType(value, names),
                valueContainsNull: json["valueContainsNull"]?.boolean ?? true)
        case let name?:
            throw PipelineError(.unsupportedTableFeature, "the type '\(name)' is not supported")
        case nil: throw PipelineError(.corruptTable, "a type of the table's schema is \(json.kindName)")
        }
    }

    private static let primitives: [String: DataType] = [
        "string": .string, "long": .bigint, "integer": .int, "short": .smallint, "byte": .tinyint, "float": .float,
        "double": .double, "boolean": .boolean, "binary": .binary, "date": .date, "timestamp": .timestamp,
        "timestamp_ntz": .timestampNTZ, "decimal": .decimal(precision: 10, scale: 0), "void": .void,
    ]

    private static func primitive(_ name: String) throws(PipelineError) -> DataType {
        if let type = primitives[name] { return type }
        if name.hasPrefix("decimal("), name.hasSuffix(")") {
            let parts = name.dropFirst(8).dropLast().split(separator: ",").map { part in
                Int(String(part.filter { $0 != " " }))
            }
            if parts.count == 2, let precision = parts[0], let scale = parts[1], (1...38).contains(precision),
                (0...precision).contains(scale)
            {
                return .decimal(precision: precision, scale: scale)
            }
        }
        throw PipelineError(.unsupportedTableFeature, "the type '\(name)' is not supported")
    }

    // MARK: Writing

    static func structure(_ members: [JSONValue]) -> JSONValue {
        ["type": "struct", "fields": .array(members)]
    }

    static func members(_ fields: [Field]) throws(PipelineError) -> [JSONValue] {
        var members: [JSONValue] = []
        for field in fields {
            do throws(PipelineError) {
                members.append([
                    "name": .string(field.name), "type": try json(field.type), "nullable": .boolean(field.nullable),
                    "metadata": .object(field.comment.isEmpty ? [] : [("comment", .string(field.comment))]),
                ])
            } catch {
                throw error.within("column", field.name)
            }
        }
        return members
    }

    private static func json(_ type: DataType) throws(PipelineError) -> JSONValue {
        switch type {
        case .boolean: return "boolean"
        case .tinyint: return "byte"
        case .smallint: return "short"
        case .int: return "integer"
        case .bigint: return "long"
        case .float: return "float"
        case .double: return "double"
        case .decimal(let precision, let scale): return .string("decimal(\(precision),\(scale))")
        case .string: return "string"
        case .binary: return "binary"
        case .date: return "date"
        case .timestamp: return "timestamp"
        case .timestampNTZ: return "timestamp_ntz"
        case .structure(let fields): return structure(try members(fields))
        case .array(let element, let containsNull):
            return ["type": "array", "elementType": try json(element), "containsNull": .boolean(containsNull)]
        case .map(let key, let value, let valueContainsNull):
            return [
                "type": "map", "keyType": try json(key), "valueType": try json(value),
                "valueContainsNull": .boolean(valueContainsNull),
            ]
        case .void, .dayTimeInterval, .yearMonthInterval:
            throw PipelineError(
                .unsupported, "a Delta table cannot hold \(type)", hint: "CAST the column to another type in SQL")
        }
    }

    // MARK: Looking through

    static func contains(_ name: String, in json: JSONValue) -> Bool {
        if let fields = json["fields"]?.elements {
            return fields.contains { field in
                field["metadata"]?[name] != nil || field["type"].map { contains(name, in: $0) } ?? false
            }
        }
        return ["elementType", "keyType", "valueType"].contains { part in
            json[part].map { contains(name, in: $0) } ?? false
        }
    }

    /// Notes the ids of all fields below `json`; `nested` holds the ids of array elements and map entries, by dotted path.
    static func collectIDs(
        _ json: JSONValue, path: [String], nested: (ids: JSONValue, path: String)?, into ids: inout [[String]: Int32]
    ) {
        func descend(_ member: String, _ steps: [String], _ step: String) {
            guard let type = json[member] else { return }
            let inner = nested.map { (ids: $0.ids, path: $0.path + "." + step) }
            if let inner, let id = inner.ids[inner.path]?.int64 { ids[path + steps] = Int32(clamping: id) }
            collectIDs(type, path: path + steps, nested: inner, into: &ids)
        }
        if let fields = json["fields"]?.elements {
            for field in fields {
                let metadata = field["metadata"]
                let name = metadata?[physicalName]?.string ?? field["name"]?.string ?? ""
                if let id = metadata?[columnID]?.int64 { ids[path + [name]] = Int32(clamping: id) }
                guard let type = field["type"] else { continue }
                collectIDs(type, path: path + [name], nested: metadata?[nestedIDs].map { ($0, name) }, into: &ids)
            }
        } else {
            descend("elementType", ["list", "element"], "element")
            descend("keyType", ["key_value", "key"], "key")
            descend("valueType", ["key_value", "value"], "value")
        }
    }
}
