// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// What a transform computes, as a tree of operators over named relations.
public indirect enum RelationPlan: Sendable {
    /// The rows of a source or another transform; the schema is the declared columns, then the metadata columns.
    case scan(relation: String, schema: Schema)
    /// One row without columns: what SELECT without FROM reads.
    case oneRow
    /// New columns from the input's.
    case project(RelationPlan, [NamedExpression])
    /// The rows for which a BOOLEAN condition is true.
    case filter(RelationPlan, Expression)
    /// The rows of all inputs, which have the same types, under the schema given.
    case unionAll([RelationPlan], schema: Schema)

    /// Names and types of the result.
    public var schema: Schema {
        switch self {
        case .scan(_, let schema): schema
        case .oneRow: Schema([])
        case .project(_, let columns):
            Schema(columns.map { Field($0.name, $0.expression.type, nullable: $0.expression.nullable) })
        case .filter(let input, _): input.schema
        case .unionAll(_, let schema): schema
        }
    }

    /// The names of the relations it reads.
    public var inputs: Set<String> {
        switch self {
        case .scan(let relation, _): [relation]
        case .oneRow: []
        case .project(let input, _), .filter(let input, _): input.inputs
        case .unionAll(let inputs, _): inputs.reduce(into: []) { $0.formUnion($1.inputs) }
        }
    }
}

/// A result column.
public struct NamedExpression: Sendable {
    /// Its name.
    public let name: String
    /// Its value.
    public let expression: Expression

    /// A result column.
    public init(_ name: String, _ expression: Expression) {
        self.name = name
        self.expression = expression
    }
}
