// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta

/// The values that one column of a set of keys has, for comparing them with the bounds of files.
struct KeyRange {
    /// Whether files have bounds for the type that every writer computes alike.
    let isComparable: Bool
    private let type: DataType
    private var columns: [Column] = []
    private var count = 0
    private var hasNull = false
    /// In order and not NULL: all values, or the least and the greatest of many.
    private var values: Column
    private var isComplete = true

    /// So many values are kept in order; of more only the ends.
    private static let maxSorted = 16_384

    init(_ type: DataType) {
        self.type = type
        values = Column(type, [])
        isComparable =
            switch type {
            case .tinyint, .smallint, .int, .bigint, .decimal, .string, .date, .timestamp, .timestampNTZ: true
            default: false
            }
    }

    mutating func add(_ column: Column) {
        guard isComparable, column.count > 0 else { return }
        if column.nullCount > 0 { hasNull = true }
        columns.append(column)
        count += column.count
        if count > Self.maxSorted { reduce() }
    }

    /// Brings what was added in order.
    mutating func sort() {
        guard !columns.isEmpty else { return }
        let all = Column.concatenated(columns.map { $0.expandingDictionary() } + (values.count > 0 ? [values] : []))
        columns = []
        let rows = (0..<all.count).filter { !all.isNull($0) }.sorted { RowOrder.compare(all, $0, all, $1) < 0 }
        values = all.taking(Buffer(rows.map { Int32($0) }))
    }

    private mutating func reduce() {
        isComplete = false
        var ends: (low: (Column, Int), high: (Column, Int))?
        for column in columns + [values] {
            for row in 0..<column.count where !column.isNull(row) {
                guard let known = ends else {
                    ends = ((column, row), (column, row))
                    continue
                }
                if RowOrder.compare(column, row, known.low.0, known.low.1) < 0 { ends?.low = (column, row) }
                if RowOrder.compare(column, row, known.high.0, known.high.1) > 0 { ends?.high = (column, row) }
            }
        }
        columns = []
        guard let ends else { return }
        values = Column(type, [ends.low.0.value(at: ends.low.1), ends.high.0.value(at: ends.high.1)])
        count = values.count
    }

    /// Whether a file with these bounds may have a row with one of the values.
    func overlaps(_ bounds: ColumnBounds) -> Bool {
        if hasNull, bounds.nullCount.map({ $0 > 0 }) ?? true { return true }
        guard bounds.minimum != .null, bounds.maximum != .null else {
            // Without bounds there are no values only where all rows are NULL.
            guard let nulls = bounds.nullCount, let rows = bounds.rowCount else { return true }
            return nulls < rows
        }
        guard values.count > 0 else { return false }
        let ends = Column(type, [bounds.minimum, bounds.maximum])
        guard isComplete else {
            return RowOrder.compare(values, 0, ends, 1) <= 0 && RowOrder.compare(values, values.count - 1, ends, 0) >= 0
        }
        var (low, high) = (0, values.count)
        while low < high {
            let middle = (low + high) / 2
            if RowOrder.compare(values, middle, ends, 0) < 0 { low = middle + 1 } else { high = middle }
        }
        return low < values.count && RowOrder.compare(values, low, ends, 1) <= 0
    }
}
