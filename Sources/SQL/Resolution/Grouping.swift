// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// The groups of one SELECT while its columns are resolved: what was said of them, and what was asked of them so far.
struct Grouping {
    /// The columns of the rows that are grouped.
    let rows: Scope
    /// The keys, the window and the aggregates found so far.
    var plan = AggregatePlan(keys: [], aggregates: [])
    /// What the keys are in the columns of the result, by their canonical form; `nil` for those with mistakes.
    var keys: [ExpressionSyntax: Expression?] = [:]
    /// The aggregates found so far, by their canonical form; `nil` for those with mistakes.
    var calls: [ExpressionSyntax: Expression?] = [:]
    /// The window column under the name it has without being given one: `window` or `session_window`.
    var windowName: String?
    /// The column of the result that holds the window.
    var windowPosition: Int?
    /// Whether the window stands for moments: its start is a key that is the event time itself.
    var isOfMoments = false
    /// Whether the window's time is that of the watermark.
    var hasEventTime = false
    /// Whether there is a GROUP BY.
    var isWritten = false
    /// Whether something about the keys is wrong, which was reported.
    var isBroken = false

    init(rows: Scope) { self.rows = rows }

    /// The columns of the result.
    var columns: [Scope.Column] {
        plan.schema.fields.enumerated().map { index, field in
            var column = Scope.Column(name: field.name, qualifier: [], type: field.type, nullable: field.nullable)
            column.isEventTime = index == windowPosition && hasEventTime
            return column
        }
    }

    /// The window column as an expression over the result.
    var window: Expression? {
        guard let windowPosition, let plan = plan.window else { return nil }
        return Expression(.column(windowPosition), type: WindowPlan.type, nullable: false, text: plan.name)
    }

    /// Adds an aggregate. Gives its result, a column of the groups.
    mutating func add(_ call: AggregateCall) -> Expression {
        let position = plan.keys.count + (plan.window == nil ? 0 : 1) + plan.aggregates.count
        plan.aggregates.append(call)
        return Expression(.column(position), type: call.type, nullable: call.nullable, text: call.text)
    }
}
