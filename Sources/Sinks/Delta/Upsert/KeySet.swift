// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta

/// The keys of an epoch's rows in one table partition: finds the rows that they replace, and the files that cannot hold any.
///
/// Memory: the distinct keys, and for pruning at most `maxSorted` values of each key column.
final class KeySet {
    private let keys: UpsertKeys
    private var table = KeyTable()
    private var ranges: [KeyRange]

    init(_ keys: UpsertKeys) {
        self.keys = keys
        ranges = keys.parts.map { KeyRange($0.field.type) }
    }

    /// Adds the keys of some rows.
    func insert(_ columns: [Column], rowCount: Int) {
        _ = table.ids(for: keys.encoder.encode(columns, rowCount: rowCount))
        for index in ranges.indices where !keys.parts[index].isPartition { ranges[index].add(columns[index]) }
    }

    /// Ends adding.
    func finish() {
        for index in ranges.indices { ranges[index].sort() }
    }

    /// Whether a file, by its statistics, may hold a row with one of the keys.
    func mayMatch(_ file: AddFile) -> Bool {
        let columns = keys.parts.indices.filter { !keys.parts[$0].isPartition && ranges[$0].isComparable }
        guard !columns.isEmpty, file.stats != nil else { return true }
        let bounds = ColumnBounds.read(file.stats, columns.map { keys.parts[$0].field })
        return zip(columns, bounds).allSatisfy { ranges[$0].overlaps($1) }
    }

    /// The rows whose keys are not in the set; `nil` when no row's key is.
    func others(_ columns: [Column], rowCount: Int) -> Buffer<Int32>? {
        let found = table.find(keys.encoder.encode(columns, rowCount: rowCount))
        let ids = found.span
        var rows = BufferBuilder<Int32>(capacity: rowCount)
        for row in ids.indices where ids[row] < 0 { rows.append(Int32(truncatingIfNeeded: row)) }
        return rows.count == rowCount ? nil : rows.finish()
    }
}
