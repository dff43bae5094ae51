// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// What a transform computes, as a tree of operators over named relations.
///
/// `aggregate`, `deduplicate` and `join` keep state between epochs; `Dataflow` cuts the tree at them. All others are stateless.
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
    /// One row per group.
    case aggregate(RelationPlan, AggregatePlan)
    /// The first row of each key.
    case deduplicate(RelationPlan, DeduplicatePlan)
    /// Pairs of rows of two streams.
    case join(RelationPlan, RelationPlan, JoinPlan)
    /// The rows of a stream beside rows of a table that stands still for an epoch.
    case lookup(RelationPlan, LookupPlan)

    /// Names and types of the result.
    public var schema: Schema {
        switch self {
        case .scan(_, let schema): schema
        case .oneRow: Schema([])
        case .project(_, let columns):
            Schema(columns.map { Field($0.name, $0.expression.type, nullable: $0.expression.nullable) })
        case .filter(let input, _), .deduplicate(let input, _): input.schema
        case .unionAll(_, let schema): schema
        case .aggregate(_, let plan): plan.schema
        case .join(let left, let right, let plan): plan.schema(left: left.schema, right: right.schema)
        case .lookup(let input, let plan): plan.schema(input: input.schema)
        }
    }

    /// The plans it reads rows from.
    public var children: [RelationPlan] {
        switch self {
        case .scan, .oneRow: []
        case .project(let input, _), .filter(let input, _), .aggregate(let input, _), .deduplicate(let input, _),
            .lookup(let input, _):
            [input]
        case .unionAll(let inputs, _): inputs
        case .join(let left, let right, _): [left, right]
        }
    }

    /// The names of the relations it reads.
    public var inputs: Set<String> {
        if case .scan(let relation, _) = self { return [relation] }
        return children.reduce(into: []) { $0.formUnion($1.inputs) }
    }

    /// Whether it has groups that no window closes.
    public var hasGroupsWithoutWindow: Bool {
        if case .aggregate(_, let plan) = self, plan.window == nil { return true }
        return children.contains { $0.hasGroupsWithoutWindow }
    }

    /// Whether it keeps state between epochs.
    public var isStateful: Bool {
        switch self {
        case .aggregate, .deduplicate, .join: true
        default: children.contains { $0.isStateful }
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
