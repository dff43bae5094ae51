// SPDX-License-Identifier: Apache-2.0
import JSONText

/// What sampled records look like: the schema that holds them, and how they are read.
struct RecordShape {
    /// The columns.
    let fields: [InferredField]
    /// The `format` of the pipeline file.
    let format: JSONValue
    /// Records that did not fit the format.
    let unreadable: Int

    /// The columns as Spark DDL.
    var ddl: String { fields.map { "\($0.quotedName) \($0.type.ddl)" }.joined(separator: ", ") }

    /// The shape of JSON records; `nil` when less than half of them are JSON objects.
    static func json(_ records: [[UInt8]]) -> RecordShape? {
        var (type, unreadable) = (InferredType.unknown, 0)
        for record in records {
            guard let value = try? JSONValue(parsing: record), value.members != nil else {
                unreadable += 1
                continue
            }
            type = type.merged(with: InferredType(value))
        }
        guard case .structure(let fields) = type, !fields.isEmpty, unreadable * 2 <= records.count else { return nil }
        return RecordShape(fields: fields, format: ["type": "json"], unreadable: unreadable)
    }

    /// The shape of separated values; the first record may name the columns.
    static func csv(_ records: [[UInt8]]) -> RecordShape? {
        let lines = records.map { String(decoding: $0, as: UTF8.self) }
        guard let first = lines.first else { return nil }
        let delimiters: [Character] = [",", ";", "\t", "|"]
        let delimiter = delimiters.max { count($0, in: first) < count($1, in: first) } ?? ","
        let rows = lines.map { cells(of: $0, delimiter: delimiter) }
        let names = rows[0]
        let hasHeader = names.allSatisfy { !$0.isEmpty && InferredType(text: $0, isJSON: false) == .string }
        let body = hasHeader ? rows.dropFirst() : rows[...]
        var (fields, unreadable) = ([InferredField](), 0)
        for (index, name) in names.enumerated() {
            fields.append(InferredField(name: hasHeader ? name : "c\(index + 1)", type: .unknown))
        }
        for row in body {
            if row.count != fields.count { unreadable += 1 }
            for index in 0..<min(row.count, fields.count) {
                fields[index].type = fields[index].type.merged(with: InferredType(text: row[index], isJSON: false))
            }
        }
        var format: [(String, JSONValue)] = [("type", "csv")]
        if hasHeader { format.append(("header", true)) }
        if delimiter != "," { format.append(("delimiter", .string(String(delimiter)))) }
        return RecordShape(fields: fields, format: .object(format), unreadable: unreadable)
    }

    private static func count(_ character: Character, in line: String) -> Int {
        line.reduce(0) { $0 + ($1 == character ? 1 : 0) }
    }

    private static func cells(of line: String, delimiter: Character) -> [String] {
        var (cells, cell, quoted) = ([String](), "", false)
        for character in line where character != "\r" {
            if character == "\"" {
                quoted.toggle()
            } else if character == delimiter && !quoted {
                cells.append(cell)
                cell = ""
            } else {
                cell.append(character)
            }
        }
        return cells + [cell]
    }
}
