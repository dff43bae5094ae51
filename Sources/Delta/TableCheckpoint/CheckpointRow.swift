// SPDX-License-Identifier: Apache-2.0
import Columnar

/// An action as the values of its STRUCT in a table checkpoint, in the order of `CheckpointSchema`.
enum CheckpointRow {
    static func value(_ txn: Txn) -> Value {
        .structure([.string(txn.appID), .bigint(txn.version), number(txn.lastUpdatedMillis)])
    }

    static func value(_ file: RemoveFile) -> Value {
        .structure([
            .string(PathEncoding.encoded(file.path)), number(file.deletionMillis), .boolean(false),
            file.extendedFileMetadata.map { .boolean($0) } ?? .null, file.partitionValues.map(map) ?? .null,
            number(file.byteCount), file.tags.map(map) ?? .null, file.deletionVector.map(vector) ?? .null,
            number(file.baseRowID), number(file.defaultRowCommitVersion),
        ])
    }

    static func value(_ metadata: TableMetadata) -> Value {
        .structure([
            .string(metadata.id), text(metadata.name), text(metadata.tableDescription),
            .structure([.string(metadata.formatProvider), map(metadata.formatOptions)]),
            .string(metadata.schemaText), names(metadata.partitionColumns),
            map(metadata.configuration.mapValues { $0 }), number(metadata.createdMillis),
        ])
    }

    static func value(_ tableProtocol: TableProtocol) -> Value {
        .structure([
            .int(Int32(clamping: tableProtocol.minReaderVersion)),
            .int(Int32(clamping: tableProtocol.minWriterVersion)),
            tableProtocol.readerFeatures.map(names) ?? .null, tableProtocol.writerFeatures.map(names) ?? .null,
        ])
    }

    static func value(_ domain: DomainMetadata) -> Value {
        .structure([.string(domain.domain), .string(domain.configuration), .boolean(domain.removed)])
    }

    static func vector(_ vector: DeletionVector) -> Value {
        .structure([
            .string(vector.storageType), .string(vector.pathOrInlineDv),
            vector.offset.map { .int(Int32(clamping: $0)) } ?? .null, .int(Int32(clamping: vector.sizeInBytes)),
            .bigint(vector.cardinality), number(vector.maxRowIndex),
        ])
    }

    private static func number(_ number: Int64?) -> Value { number.map { .bigint($0) } ?? .null }
    private static func text(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
    private static func names(_ names: [String]) -> Value { .array(names.map { .string($0) }) }

    private static func map(_ map: [String: String?]) -> Value {
        .map(map.sorted { $0.key < $1.key }.map { Value.MapEntry(.string($0.key), text($0.value)) })
    }
}
