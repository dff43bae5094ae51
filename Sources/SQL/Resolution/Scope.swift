// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// The columns that names can mean in one place.
struct Scope {
    /// One column of the rows at hand.
    struct Column {
        let name: String
        /// The parts of the relation's name or its alias, in lower case; empty when it has none.
        let qualifier: [String]
        /// `nil` when it could not be resolved; its mistakes are reported already.
        let type: DataType?
        var nullable: Bool
        /// Whether stars leave it out.
        var isHidden = false
        /// Whether USING named it, so that only a star of its relation stands for it.
        var isMerged = false
        /// Whether it carries the time that the watermark speaks of: as a TIMESTAMP, or as the window it was put in.
        var isEventTime = false

        var key: String { name.lowercased() }

        /// The same column under another relation's name.
        func qualified(_ qualifier: [String]) -> Column {
            Column(
                name: name, qualifier: qualifier, type: type, nullable: nullable, isHidden: isHidden,
                isMerged: isMerged,
                isEventTime: isEventTime)
        }
    }

    var columns: [Column]
    /// Whether there may be columns that are not known, because of mistakes reported already.
    var isOpen = false
    /// Expressions of the same SELECT by alias in lower case; `nil` when they could not be resolved.
    var aliases: [String: Alias?] = [:]
    /// What an expression may contain here.
    var use = Use.rows(of: "this place")
    /// Whether aliases go before columns, as in HAVING.
    var prefersAliases = false

    /// What an expression stands for.
    enum Use: Hashable {
        /// A value of each row; the clause is named in messages.
        case rows(of: String)
        /// A value of each group: of keys and aggregates.
        case groups
        /// A value of each row that goes into an aggregate function.
        case argument(of: String)
    }

    /// An earlier column of the same SELECT.
    struct Alias {
        let expression: Expression
        let size: Int
    }

    static let empty = Scope(columns: [])

    /// The same columns for another use.
    func used(for use: Use) -> Scope {
        var scope = self
        scope.use = use
        return scope
    }

    /// The columns that a star stands for.
    var visible: [Int] { columns.indices.filter { !columns[$0].isHidden } }

    /// The columns that a star of a relation stands for.
    func visible(of qualifier: [String]) -> [Int] {
        columns.indices.filter {
            (!columns[$0].isHidden || columns[$0].isMerged)
                && columns[$0].qualifier.suffix(qualifier.count).elementsEqual(qualifier)
        }
    }

    /// What a name may mean: positions of columns, and how many parts of the name are used up.
    ///
    /// A name with a qualifier goes before one whose first part is a column with fields.
    func candidates(for parts: [IdentifierSyntax]) -> (columns: [Int], used: Int) {
        let keys = parts.map(\.key)
        for used in stride(from: keys.count, through: 2, by: -1) {
            let qualifier = keys.prefix(used - 1)
            let found = columns.indices.filter {
                columns[$0].key == keys[used - 1] && columns[$0].qualifier.suffix(used - 1).elementsEqual(qualifier)
                    && columns[$0].qualifier.count >= used - 1
            }
            if !found.isEmpty { return (preferringVisible(found), used) }
        }
        return (preferringVisible(columns.indices.filter { columns[$0].key == keys[0] }), 1)
    }

    /// A declared column hides a metadata column of the same name.
    private func preferringVisible(_ found: [Int]) -> [Int] {
        let visible = found.filter { !columns[$0].isHidden }
        return visible.isEmpty ? found : visible
    }
}
