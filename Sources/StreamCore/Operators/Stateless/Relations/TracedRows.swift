// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// Rows of a relation with the input row that each came from.
struct TracedRows {
    /// The columns; those that nobody asked for are VOID of length 0.
    var columns: [Column]
    var count: Int
    /// For each row the row of the source batch; `nil` when it is the same.
    var origins: Buffer<Int32>?

    /// The rows at `rows`, with only the columns of `needed`.
    func taking(_ rows: Buffer<Int32>, needed: Set<Int>?) -> TracedRows {
        let taken = columns.indices.map { index in
            guard needed?.contains(index) ?? true else { return Self.absent }
            return columns[index].taking(rows)
        }
        return TracedRows(columns: taken, count: rows.count, origins: origins?.taking(rows) ?? rows)
    }

    /// The row of the source batch that a row came from.
    func origin(of row: Int) -> Int { origins.map { Int($0[row]) } ?? row }

    /// A column that nobody asked for.
    static let absent = Column(.void, count: 0, validity: nil, storage: .none)

    /// All rows below each other; there must be at least one group.
    static func concatenated(_ groups: [TracedRows], types: [DataType], needed: Set<Int>?) -> TracedRows {
        if groups.count == 1 { return groups[0] }
        let columns = types.indices.map { index in
            guard needed?.contains(index) ?? true else { return absent }
            return Column.concatenated(groups.map { $0.columns[index].retyped(types[index]) })
        }
        var origins = BufferBuilder<Int32>(capacity: groups.reduce(0) { $0 + $1.count })
        for group in groups {
            if let known = group.origins {
                origins.append(contentsOf: known)
            } else {
                for row in 0..<group.count { origins.append(Int32(row)) }
            }
        }
        return TracedRows(columns: columns, count: origins.count, origins: origins.finish())
    }
}
