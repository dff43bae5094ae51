// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// What expressions may know besides their rows.
public struct EvaluationContext: Hashable, Sendable {
    /// When the epoch started, µs since 1970 UTC.
    public var epochMicros: Int64
    /// The tables of lookup joins: the same for all of the epoch.
    public var tables: LookupTableSet

    /// A context.
    public init(epochMicros: Int64, tables: LookupTableSet = LookupTableSet()) {
        self.epochMicros = epochMicros
        self.tables = tables
    }
}

/// The rows that expressions are computed over. Columns that nobody asks for may be absent: VOID of any length.
struct EvaluationFrame {
    let columns: [Column]
    let count: Int
    let context: EvaluationContext

    /// The rows at `rows`, with only the columns of `inputs`.
    func taking(_ rows: Buffer<Int32>, inputs: [Int]) -> EvaluationFrame {
        var taken = [Column](repeating: Column(.void, count: 0, validity: nil, storage: .none), count: columns.count)
        for index in inputs { taken[index] = columns[index].taking(rows) }
        return EvaluationFrame(columns: taken, count: rows.count, context: context)
    }
}
