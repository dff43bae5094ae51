// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// The columns of a relation by which its rows are told apart, when each epoch gives changed groups.
struct ResultKeys {
    /// For each key of the grouping the columns that hold it.
    private var slots: [Slot]

    private struct Slot {
        /// The key's name in the grouping, for messages.
        let name: String
        /// Columns that hold its value.
        var values: Set<Int> = []
        /// Columns that hold the window, one bound of which is a key.
        var windows: Set<Int> = []
    }

    /// The keys of a grouping; the window after the others.
    init(of plan: AggregatePlan) {
        slots = plan.keys.enumerated().map { index, key in
            if case .structure = key.expression.type { return Slot(name: key.name, windows: [index]) }
            return Slot(name: key.name, values: [index])
        }
        if let window = plan.window { slots.append(Slot(name: window.name, windows: [plan.keys.count])) }
    }

    /// The keys in the rows of a plan: of its last grouping, or of the one relation that it reads.
    ///
    /// `nil` when rows of several relations come together.
    static func of(_ plan: RelationPlan, relation: (String) -> ResultKeys?) -> ResultKeys? {
        switch plan {
        case .scan(let name, _): relation(name)
        case .aggregate(_, let aggregate): ResultKeys(of: aggregate)
        case .filter(let input, _): of(input, relation: relation)
        case .lookup(let input, _): of(input, relation: relation)
        case .project(let input, let columns): of(input, relation: relation)?.projected(columns)
        case .oneRow, .unionAll, .deduplicate, .join: nil
        }
    }

    /// The keys behind a projection.
    private func projected(_ columns: [NamedExpression]) -> ResultKeys {
        var result = self
        for index in slots.indices {
            result.slots[index].values = []
            result.slots[index].windows = []
            for (position, column) in columns.enumerated() {
                switch column.expression.kind {
                case .column(let source):
                    if slots[index].values.contains(source) { result.slots[index].values.insert(position) }
                    if slots[index].windows.contains(source) { result.slots[index].windows.insert(position) }
                case .field(let value, 0), .field(let value, 1):
                    guard case .column(let source) = value.kind, slots[index].windows.contains(source) else { continue }
                    result.slots[index].values.insert(position)
                case .call(let function, let arguments) where function.name == "window_time":
                    guard case .column(let source)? = arguments.first?.kind, slots[index].windows.contains(source)
                    else { continue }
                    result.slots[index].values.insert(position)
                default: continue
                }
            }
        }
        return result
    }

    /// Whether all rows are of one group.
    var isEmpty: Bool { slots.isEmpty }

    /// One column for each key.
    func columns(of schema: Schema) -> [String] {
        slots.compactMap { $0.values.min() }.map { schema.fields[$0].name }
    }

    /// The keys that no column holds, for messages; those of structures need a column for a bound.
    var missing: [String] {
        slots.filter(\.values.isEmpty).map { $0.windows.isEmpty ? $0.name : "\($0.name).start" }
    }
}
