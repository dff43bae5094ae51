// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore

/// CSV files as a table; the first record of each names its columns.
enum CSVTableRows {
    private static var options: CSVFormatOptions {
        var options = CSVFormatOptions()
        options.header = true
        return options
    }

    /// The columns of all files under their names, with the types that their values have in common.
    static func schema(_ files: [FileListing.Entry]) throws(PipelineError) -> Schema {
        var names: [String] = []
        for file in files {
            for name in try header(of: file) where !names.contains(name) { names.append(name) }
        }
        let texts = Schema(names.map { Field($0, .string) })
        let rows = try rows(files, texts).joined(texts)
        return Schema(zip(names, rows.columns).map { Field($0, type(of: $1)) })
    }

    private static func header(of file: FileListing.Entry) throws(PipelineError) -> [String] {
        var names: [String]?
        try FileTable.records(file, .csv(options)) { (records) throws(PipelineError) in
            if names == nil, records.count > 0 { names = CSVHeader.names(in: records.record(0), options) }
        }
        return names ?? []
    }

    /// The narrowest type that holds every value.
    private static func type(of texts: Column) -> DataType {
        guard texts.nullCount < texts.count else { return .string }
        for type in [DataType.bigint, .double, .boolean, .date, .timestamp] where holds(texts, type) { return type }
        return .string
    }

    private static func holds(_ texts: Column, _ type: DataType) -> Bool {
        var errors = RowErrors()
        _ = Cast.apply(texts, to: type, mode: .ansi, errors: &errors)
        guard errors.isEmpty else { return false }
        // Casts take more spellings than a column of such values has: 'y' for true, '2026' for a date.
        switch type {
        case .boolean: return allSatisfy(texts) { ["true", "false"].contains($0.lowercased()) }
        case .date: return allSatisfy(texts) { $0.utf8.count == 10 }
        case .timestamp: return allSatisfy(texts) { $0.utf8.count >= 10 }
        default: return true
        }
    }

    private static func allSatisfy(_ texts: Column, _ condition: (String) -> Bool) -> Bool {
        (0..<texts.count).allSatisfy { row in
            guard case .string(let text) = texts.value(at: row) else { return true }
            return condition(text)
        }
    }

    /// The rows of all files. A file without one of the columns gives NULL there.
    static func rows(_ files: [FileListing.Entry], _ schema: Schema) throws(PipelineError) -> [ColumnBatch] {
        var parts: [ColumnBatch] = []
        for file in files {
            let names = try header(of: file)
            let present = Schema(schema.fields.filter { names.contains($0.name) })
            let decoder = try RecordDecoder(format: .csv(options), schema: present)
            try decoder.useHeader(names)
            var isFirst = true
            try FileTable.records(file, .csv(options)) { (records) throws(PipelineError) in
                let body = isFirst ? records.withoutFirst : records
                isFirst = false
                parts.append(aligned(try FileTable.rows(body, decoder), to: schema))
            }
        }
        return parts
    }

    private static func aligned(_ rows: ColumnBatch, to schema: Schema) -> ColumnBatch {
        let columns = schema.fields.map { field in
            rows.schema.fields.firstIndex { $0.name == field.name }.map { rows.columns[$0] }
                ?? Column(nulls: field.type, count: rows.rowCount)
        }
        return ColumnBatch(schema: schema, columns: columns, rowCount: rows.rowCount)
    }
}

extension RawRecords {
    /// All but the first.
    fileprivate var withoutFirst: RawRecords {
        guard count > 0 else { return self }
        return RawRecords(
            bytes: bytes, starts: starts.slice(1..<count), ends: ends.slice(1..<count),
            positions: positions.slice(1..<count))
    }
}
