// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText

extension ActionColumn {
    /// The action in a row; `nil` for kinds that nobody needs.
    func action(_ row: Int) throws(PipelineError) -> Action? {
        switch name {
        case "add": return .add(try addFile(row))
        case "remove": return .remove(try removeFile(row))
        case "metaData": return .metadata(try metadata(row))
        case "protocol": return .tableProtocol(try tableProtocol(row))
        case "txn":
            return .txn(
                Txn(
                    appID: try required(string("appId", row), "appId"),
                    version: try required(integer("version", row), "version"),
                    lastUpdatedMillis: integer("lastUpdated", row)))
        case "domainMetadata":
            return .domainMetadata(
                DomainMetadata(
                    domain: try required(string("domain", row), "domain"),
                    configuration: string("configuration", row) ?? "", removed: boolean("removed", row) ?? false))
        case "sidecar":
            return .sidecar(
                SidecarFile(
                    path: try PathEncoding.decoded(try required(string("path", row), "path")),
                    byteCount: integer("sizeInBytes", row) ?? 0))
        default: return nil
        }
    }

    /// The path of the file of an `add` or `remove`, decoded.
    func path(_ row: Int) throws(PipelineError) -> String {
        try PathEncoding.decoded(try required(string("path", row), "path"))
    }

    /// The identity of the file of an `add` or `remove` with a path.
    func fileKey(_ row: Int, path: String) throws(PipelineError) -> FileKey {
        FileKey(path: path, vector: try vector(row))
    }

    private func addFile(_ row: Int) throws(PipelineError) -> AddFile {
        AddFile(
            path: try PathEncoding.decoded(try required(string("path", row), "path")),
            partitionValues: map("partitionValues", row) ?? [:],
            byteCount: try required(integer("size", row), "size"),
            modificationMillis: integer("modificationTime", row) ?? 0,
            dataChange: boolean("dataChange", row) ?? false, stats: string("stats", row) ?? parsedStatistics(row),
            tags: map("tags", row), deletionVector: try vector(row), baseRowID: integer("baseRowId", row),
            defaultRowCommitVersion: integer("defaultRowCommitVersion", row),
            clusteringProvider: string("clusteringProvider", row))
    }

    private func removeFile(_ row: Int) throws(PipelineError) -> RemoveFile {
        RemoveFile(
            path: try PathEncoding.decoded(try required(string("path", row), "path")),
            deletionMillis: integer("deletionTimestamp", row), dataChange: boolean("dataChange", row) ?? false,
            extendedFileMetadata: boolean("extendedFileMetadata", row), partitionValues: map("partitionValues", row),
            byteCount: integer("size", row), stats: string("stats", row), tags: map("tags", row),
            deletionVector: try vector(row), baseRowID: integer("baseRowId", row),
            defaultRowCommitVersion: integer("defaultRowCommitVersion", row))
    }

    private func vector(_ row: Int) throws(PipelineError) -> DeletionVector? {
        guard let vector = structure("deletionVector"), !vector.isNull(row) else { return nil }
        // Files whose members are all NULL stand for none.
        guard let storageType = vector.string("storageType", row) else { return nil }
        return DeletionVector(
            storageType: storageType,
            pathOrInlineDv: try required(vector.string("pathOrInlineDv", row), "pathOrInlineDv"),
            offset: vector.integer("offset", row),
            sizeInBytes: try required(vector.integer("sizeInBytes", row), "sizeInBytes"),
            cardinality: try required(vector.integer("cardinality", row), "cardinality"),
            maxRowIndex: vector.integer("maxRowIndex", row))
    }

    private func metadata(_ row: Int) throws(PipelineError) -> TableMetadata {
        let format = structure("format")
        var metadata = TableMetadata(
            id: try required(string("id", row), "id"),
            schemaText: try required(string("schemaString", row), "schemaString"),
            partitionColumns: strings("partitionColumns", row) ?? [],
            configuration: (map("configuration", row) ?? [:]).compactMapValues { $0 },
            createdMillis: integer("createdTime", row))
        metadata.name = string("name", row)
        metadata.tableDescription = string("description", row)
        metadata.formatProvider = format?.string("provider", row) ?? "parquet"
        metadata.formatOptions = format?.map("options", row) ?? [:]
        return metadata
    }

    private func tableProtocol(_ row: Int) throws(PipelineError) -> TableProtocol {
        TableProtocol(
            minReaderVersion: Int(try required(integer("minReaderVersion", row), "minReaderVersion")),
            minWriterVersion: Int(try required(integer("minWriterVersion", row), "minWriterVersion")),
            readerFeatures: strings("readerFeatures", row), writerFeatures: strings("writerFeatures", row))
    }

    /// Statistics that were kept as a STRUCT only, as JSON.
    private func parsedStatistics(_ row: Int) -> String? {
        guard let column = column("stats_parsed"), !column.isNull(row) else { return nil }
        return FileStatistics.json(column.value(at: row), column.type)?.text
    }
}
