// SPDX-License-Identifier: Apache-2.0
import Columnar
import Formats

/// Rows as a table of aligned columns, for people.
struct ConsoleTable {
    private var lines: [[String]]
    private let alignsRight: [Bool]
    /// Longer texts are cut.
    private static let widest = 48

    /// A table under the names of the columns.
    init(_ schema: Schema, _ batches: [ColumnBatch]) {
        alignsRight = schema.fields.map { $0.type.isNumeric }
        lines = [schema.fields.map(\.name)]
        for batch in batches {
            for row in 0..<batch.rowCount { lines.append(batch.columns.map { Self.text($0, row) }) }
        }
    }

    private static func text(_ column: Column, _ row: Int) -> String {
        if column.isNull(row) { return "NULL" }
        var text = JSONLinesEncoder.text(of: column, row: row)
        if text.hasPrefix("\"") && text.hasSuffix("\"") && text.count >= 2 {
            text = String(text.dropFirst().dropLast())
        }
        return text.count > widest ? text.prefix(widest - 1) + "…" : text
    }

    /// The lines, each ended by a line feed.
    var text: String {
        let widths = alignsRight.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        var result = ""
        for (index, line) in lines.enumerated() {
            let cells = line.indices.map { column -> String in
                let blanks = String(repeating: " ", count: widths[column] - line[column].count)
                return alignsRight[column] ? blanks + line[column] : line[column] + blanks
            }
            var text = cells.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            result += text + "\n"
            if index == 0 { result += widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ") + "\n" }
        }
        return result
    }
}
