// SPDX-License-Identifier: Apache-2.0
import JSONText

/// Rows for people: aligned columns under their names.
struct TextTable {
    /// The names of the columns.
    let columns: [String]
    /// The cells.
    var rows: [[String]] = []

    /// A table without rows.
    init(_ columns: [String]) { self.columns = columns }

    /// The lines; numbers are aligned to the right.
    var text: String {
        let widths = columns.indices.map { index in
            ([columns[index]] + rows.map { $0[index] }).map(\.count).max() ?? 0
        }
        let isNumeric = columns.indices.map { index in
            !rows.isEmpty
                && rows.allSatisfy { row in
                    !row[index].isEmpty && row[index].allSatisfy { $0.isNumber || "-.,".contains($0) }
                }
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { index -> String in
                let pad = String(repeating: " ", count: widths[index] - cells[index].count)
                return isNumeric[index] ? pad + cells[index] : cells[index] + pad
            }
            let text = padded.joined(separator: "  ")
            return String(text.prefix(text.count - text.reversed().prefix { $0 == " " }.count))
        }
        return ([line(columns), line(widths.map { String(repeating: "-", count: $0) })] + rows.map(line))
            .joined(separator: "\n")
    }
}
