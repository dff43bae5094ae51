// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// A table that stands still for an epoch, with its columns.
struct ResolvedTable {
    let reference: LookupPlan.TableReference
    let schema: Schema
}

extension Resolver {
    /// The table that a name such as `` delta.`path` `` stands for; nothing for other names.
    static func tableReference(_ parts: [IdentifierSyntax]) -> LookupPlan.TableReference? {
        guard parts.count == 2, let format = LookupPlan.TableReference.Format(rawValue: parts[0].key) else {
            return nil
        }
        return LookupPlan.TableReference(format: format, path: parts[1].text)
    }

    /// The columns of a table of files.
    mutating func resolve(table reference: LookupPlan.TableReference, _ span: SourceSpan) -> ResolvedRelation {
        guard let tables = planner.tables else {
            refuse("a table of files", span, hint: "Read it as a source")
            return .unknown
        }
        do throws(PipelineError) {
            let schema = try tables(reference)
            let columns = schema.fields.map {
                Scope.Column(
                    name: $0.name, qualifier: [reference.format.rawValue, reference.path.lowercased()], type: $0.type,
                    nullable: $0.nullable)
            }
            return ResolvedRelation(
                plan: nil, columns: columns, table: ResolvedTable(reference: reference, schema: schema))
        } catch {
            report(error.code, span, error.what, hint: error.hint)
            return .unknown
        }
    }

    /// Refuses a table that nothing is joined with; it has no plan of its own.
    mutating func streamed(_ relation: ResolvedRelation, _ span: SourceSpan) -> ResolvedRelation {
        guard relation.table != nil else { return relation }
        refuse(
            "a table of files by itself", span,
            hint: "Join it with a stream, with its conditions in ON; or read it as a source")
        return ResolvedRelation(plan: nil, columns: relation.columns, isOpen: true)
    }

    /// A stream beside a table.
    mutating func lookup(
        _ kind: JoinPlan.Kind, _ stream: ResolvedRelation, _ table: ResolvedTable, _ parts: JoinConditions,
        _ span: SourceSpan
    ) -> RelationPlan? {
        guard stream.table == nil else {
            refuse("a join of two tables of files", span, hint: "Join each of them with the stream")
            return nil
        }
        guard kind == .inner || kind == .left || kind == .leftSemi || kind == .leftAnti else {
            report(
                .unsupported, span, "an outer join cannot keep the rows of a table that no row of the stream matches",
                hint: "The stream never ends; keep the stream's rows instead")
            return nil
        }
        guard !parts.keys.isEmpty else {
            report(
                .unsupported, span, "a join with a table needs columns that must be equal",
                hint: "Add stream.x = table.y to ON")
            return nil
        }
        guard let plan = stream.plan else { return nil }
        let width = stream.columns.count
        let filters = kind == .inner || kind == .leftSemi
        let input = filters ? Expression.all(parts.left).map { .filter(plan, $0) } ?? plan : plan
        let rest = parts.rest + (filters ? [] : parts.left) + parts.right.map { $0.moved(by: width) }
        return .lookup(
            input,
            LookupPlan(
                table: table.reference, tableSchema: table.schema, kind: kind,
                keys: parts.keys.map { (stream: $0.left, table: $0.right) }, condition: Expression.all(rest)))
    }

    /// A table that stands before the stream: the stream looks it up, and the columns go back to their places.
    mutating func swapped(
        _ kind: JoinPlan.Kind, _ left: ResolvedRelation, _ right: ResolvedRelation, _ conditions: [Expression],
        _ span: SourceSpan, _ using: [IdentifierSyntax]
    ) -> ResolvedRelation {
        guard let table = left.table else { return .unknown }
        guard kind == .inner || kind == .right, using.isEmpty else {
            report(
                .unsupported, span, "the stream must stand before the table in this join",
                hint: "Write FROM stream … JOIN table")
            return .unknown
        }
        let (tableWidth, streamWidth) = (left.columns.count, right.columns.count)
        let turned = conditions.map { condition in
            condition.mapped { $0 < tableWidth ? $0 + streamWidth : $0 - tableWidth }
        }
        let parts = JoinConditions(turned, width: streamWidth, columns: right.columns + left.columns)
        var result = ResolvedRelation(plan: nil, columns: left.columns + right.columns)
        if kind == .right { for index in left.columns.indices { result.columns[index].nullable = true } }
        guard let plan = lookup(kind == .right ? .left : .inner, right, table, parts, span) else { return result }
        let fields = plan.schema.fields
        let order = Array(streamWidth..<streamWidth + tableWidth) + Array(0..<streamWidth)
        result.plan = .project(
            plan,
            order.map {
                NamedExpression(
                    fields[$0].name, Expression(.column($0), type: fields[$0].type, nullable: fields[$0].nullable))
            })
        return result
    }
}
