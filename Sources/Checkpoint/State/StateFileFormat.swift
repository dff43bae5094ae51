// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText
import Parquet
import StreamCore

/// State rows as Parquet files: any reader of Parquet shows what an operator keeps.
enum StateFileFormat {
    /// The key of the footer under which a file says what it is.
    static let key = "millrace.state"
    private static let version: Int64 = 1

    private static func description(_ file: StateFile) -> JSONValue {
        [
            "format": .number(version), "operator": .string(file.operatorName), "kind": .string(file.kind.rawValue),
            "table": .string(file.table), "epoch": .number(file.epoch.number),
            "groups": [.number(file.groups.lowerBound), .number(file.groups.upperBound)],
        ]
    }

    /// Writes a file and makes its contents durable; its name is durable once its folder is synced.
    static func write(
        _ file: StateFile, _ batches: [ColumnBatch], below root: String
    ) throws(PipelineError) -> StateFile {
        let output = try StateFileOutput(path: root + "/" + file.path)
        var options = ParquetWriterOptions()
        // One at a time is held, when they are written as well as when they are read.
        options.rowGroupRows = 1 << 18
        options.rowGroupBytes = 8 << 20
        options.numberDictionaryBytes = 128 << 10
        // They are gone again soon, and every record with state waits for them.
        options.compression = .snappy
        options.compressesNumbers = false
        options.equalColumns = equalColumns(batches)
        options.keyValueMetadata = [(key, description(file).text)]
        let writer = try ParquetFileWriter(schema: batches[0].schema, options: options, output: output)
        for batch in batches { try writer.append(batch) }
        let summary = try writer.finish()
        var written = file
        written.checksum = try output.synchronize()
        written.byteCount = output.byteCount
        written.rowCount = summary.rowCount
        return written
    }

    /// The columns that repeat an earlier one: aggregates of the same rows each keep their count.
    private static func equalColumns(_ batches: [ColumnBatch]) -> [Int: Int] {
        let fields = batches[0].schema.fields
        var equal: [Int: Int] = [:]
        for later in fields.indices where fields[later].type == .bigint {
            equal[later] = (0..<later).first { earlier in
                fields[earlier].type == .bigint && fields[earlier].nullable == fields[later].nullable
                    && equal[earlier] == nil && batches.allSatisfy { holdEqual($0.columns[earlier], $0.columns[later]) }
            }
        }
        return equal
    }

    private static func holdEqual(_ one: Column, _ other: Column) -> Bool {
        guard case (.int64(let values), .int64(let others)) = (one.storage, other.storage) else { return false }
        return one.validity == nil && other.validity == nil && values.isEqual(to: others)
    }

    /// Reads a file whole, after its size and checksum are proved, and gives its rows in batches.
    ///
    /// - Throws: `corruptCheckpoint` with the file.
    static func read(
        _ file: StateFile, below root: String, groups: Set<Int>,
        _ give: (StateRows) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let path = root + "/" + file.path
        let input = try StateFileInput(path: path, byteCount: file.byteCount, checksum: file.checksum)
        let parquet = try open(file, input, path)
        for group in 0..<parquet.rowGroupCount {
            let rows: ColumnBatch
            do throws(PipelineError) {
                rows = try parquet.readRowGroup(group)
            } catch {
                throw StateFileInput.damaged("a state file cannot be read", path, cause: error.description)
            }
            let kept = groups.count == KeyGroups.count ? rows : rows.keeping(groups: groups)
            if kept.rowCount > 0 { try give(StateRows(table: file.table, rows: kept)) }
        }
    }

    private static func open(
        _ file: StateFile, _ input: StateFileInput, _ path: String
    ) throws(PipelineError) -> ParquetFile {
        let parquet: ParquetFile
        do throws(PipelineError) {
            parquet = try ParquetFile(input)
        } catch {
            throw StateFileInput.damaged("a state file cannot be read", path, cause: error.description)
        }
        let says = parquet.keyValueMetadata.first { $0.key == key }?.value
        guard says == description(file).text else {
            throw StateFileInput.damaged("a state file is not what the checkpoint says of it", path, cause: says ?? "")
        }
        guard parquet.rowCount == file.rowCount, parquet.schema.fields.first?.type == .bigint else {
            throw StateFileInput.damaged("a state file has not the rows that were written", path)
        }
        return parquet
    }
}

extension ColumnBatch {
    /// The rows of some key groups, by the hash in column 0.
    func keeping(groups: Set<Int>) -> ColumnBatch {
        guard case .int64(let hashes) = columns[0].storage else { return slice(0..<0) }
        let wanted = (0..<KeyGroups.count).map { groups.contains($0) }
        let span = hashes.span
        var kept = BufferBuilder<Int32>(capacity: rowCount)
        for row in span.indices where wanted[KeyGroups.group(ofHash: span[row])] { kept.append(Int32(row)) }
        return kept.count == rowCount ? self : taking(kept.finish())
    }
}
