// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// Rows with the names of their columns.
struct ResolvedRelation {
    /// `nil` when there is none because of mistakes reported already; the columns still serve to find more.
    var plan: RelationPlan?
    var columns: [Scope.Column]
    /// Whether there may be columns that are not known.
    var isOpen = false
    /// The table of files that it is; there is no plan then.
    var table: ResolvedTable?

    /// The columns that a star stands for.
    var visible: [Scope.Column] { columns.filter { !$0.isHidden } }

    /// Stands for a relation of which nothing is known.
    static let unknown = ResolvedRelation(plan: nil, columns: [], isOpen: true)

    var scope: Scope { Scope(columns: columns, isOpen: isOpen) }

    /// The same rows under another name.
    func named(_ qualifier: [String]) -> ResolvedRelation {
        var renamed = self
        renamed.columns = columns.map { $0.qualified(qualifier) }
        return renamed
    }
}
