// SPDX-License-Identifier: Apache-2.0

/// The type of a column, by Spark SQL's names.
public indirect enum DataType: Hashable, Sendable {
    /// The type of an untyped NULL.
    case void
    case boolean
    /// 8-bit signed.
    case tinyint
    /// 16-bit signed.
    case smallint
    /// 32-bit signed.
    case int
    /// 64-bit signed.
    case bigint
    case float
    case double
    /// Exact decimal, precision 1…38, scale 0…precision; unscaled in 128 bits.
    case decimal(precision: Int, scale: Int)
    /// UTF-8 text.
    case string
    case binary
    /// Days since 1970-01-01, Int32.
    case date
    /// Microseconds since 1970-01-01 UTC, Int64.
    case timestamp
    /// Microseconds since 1970-01-01T00:00 on a clock without zone, Int64.
    case timestampNTZ
    /// Microseconds, Int64. Only inside expressions.
    case dayTimeInterval
    /// Months, Int32. Only inside expressions.
    case yearMonthInterval
    case structure([Field])
    case array(element: DataType, containsNull: Bool)
    /// Keys are never null.
    case map(key: DataType, value: DataType, valueContainsNull: Bool)
}

/// A named, typed member of a schema or a STRUCT.
public struct Field: Hashable, Sendable {
    /// The name, in the case it was declared with.
    public var name: String
    /// The type.
    public var type: DataType
    /// Whether NULL is allowed.
    public var nullable: Bool
    /// The COMMENT; empty when there is none.
    public var comment: String

    /// A field.
    public init(_ name: String, _ type: DataType, nullable: Bool = true, comment: String = "") {
        self.name = name
        self.type = type
        self.nullable = nullable
        self.comment = comment
    }
}

/// The columns of a batch, relation or table.
public struct Schema: Hashable, Sendable {
    /// The columns, in order.
    public var fields: [Field]

    /// A schema of columns.
    public init(_ fields: [Field]) { self.fields = fields }

    /// How many columns there are.
    public var count: Int { fields.count }

    /// The position of a column by name, case-insensitively as in Spark; `nil` when there is none. O(columns).
    public func index(of name: String) -> Int? {
        fields.firstIndex { $0.name == name } ?? fields.firstIndex { $0.name.lowercased() == name.lowercased() }
    }
}

extension DataType: CustomStringConvertible {
    /// Spark DDL, for example `DECIMAL(10,2)` or `STRUCT<a: INT, b: STRING>`.
    public var description: String {
        switch self {
        case .void: "VOID"
        case .boolean: "BOOLEAN"
        case .tinyint: "TINYINT"
        case .smallint: "SMALLINT"
        case .int: "INT"
        case .bigint: "BIGINT"
        case .float: "FLOAT"
        case .double: "DOUBLE"
        case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
        case .string: "STRING"
        case .binary: "BINARY"
        case .date: "DATE"
        case .timestamp: "TIMESTAMP"
        case .timestampNTZ: "TIMESTAMP_NTZ"
        case .dayTimeInterval: "INTERVAL DAY TO SECOND"
        case .yearMonthInterval: "INTERVAL YEAR TO MONTH"
        case .structure(let fields):
            "STRUCT<" + fields.map { "\($0.name): \($0.type)\($0.nullable ? "" : " NOT NULL")" }.joined(separator: ", ")
                + ">"
        case .array(let element, _): "ARRAY<\(element)>"
        case .map(let key, let value, _): "MAP<\(key), \(value)>"
        }
    }
}

extension DataType {
    /// Whether the type is an integer of any width.
    public var isInteger: Bool {
        switch self {
        case .tinyint, .smallint, .int, .bigint: true
        default: false
        }
    }

    /// Whether the type is a number: integer, FLOAT, DOUBLE or DECIMAL.
    public var isNumeric: Bool {
        switch self {
        case .float, .double, .decimal: true
        default: isInteger
        }
    }
}
