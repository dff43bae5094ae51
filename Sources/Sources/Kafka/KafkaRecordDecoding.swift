// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import KafkaClient
import StreamCore

/// Turns fetched records of one partition into rows. Used by one task at a time; kept, since the decoder reuses its memory.
final class KafkaRecordDecoding: Sendable {
    private let partition: KafkaPartition
    private let sourcePartition: SourcePartition
    private let decoder: RecordDecoder
    private let metadata: KafkaMetadataColumns
    private let schema: Schema

    init(_ partition: KafkaPartition, _ declaration: SourceDeclaration) throws(PipelineError) {
        self.partition = partition
        sourcePartition = SourcePartition(partition.description)
        decoder = try RecordDecoder(
            format: declaration.format, schema: declaration.schema, unknownFields: declaration.unknownFields,
            observer: declaration.unknownFieldObserver)
        metadata = KafkaMetadataColumns(fields: declaration.metadataColumns)
        schema = Schema(decoder.schema.fields + declaration.metadataColumns)
    }

    fileprivate struct Decoded {
        var rows: ColumnBatch
        var recordIndices: Buffer<Int32>
        var malformed: [MalformedRecord]
    }

    /// What has to be fetched.
    var parts: KafkaRecords.Parts { metadata.parts }

    /// Rows with their origin. A record without a value is malformed: it has nothing that could fill a column.
    func decode(_ records: KafkaRecords) throws(PipelineError) -> SourceBatch {
        let raw = RawRecords(
            bytes: records.bytes, starts: records.starts, ends: records.ends, positions: records.offsets)
        let decoded: Decoded
        if let nulls = records.nullValues {
            decoded = try decodeAround(nulls, raw)
        } else {
            decoded = Decoded(try decoder.decode(raw))
        }
        return SourceBatch(
            partition: sourcePartition, rows: withMetadata(decoded, records), recordIndices: decoded.recordIndices,
            records: raw, malformed: decoded.malformed)
    }

    private func withMetadata(_ decoded: Decoded, _ records: KafkaRecords) -> ColumnBatch {
        guard !metadata.fields.isEmpty else { return decoded.rows }
        var columns = metadata.columns(of: records, in: partition)
        if !Self.isIdentity(decoded.recordIndices, records.count) {
            columns = columns.map { $0.taking(decoded.recordIndices) }
        }
        return ColumnBatch(
            schema: schema, columns: decoded.rows.columns + columns, rowCount: decoded.rows.rowCount)
    }

    private static func isIdentity(_ indices: Buffer<Int32>, _ count: Int) -> Bool {
        guard indices.count == count else { return false }
        let span = indices.span
        for index in span.indices where Int(span[index]) != index { return false }
        return true
    }

    /// Decodes the records that have a value, and reports the others in their places.
    private func decodeAround(_ nulls: Buffer<UInt8>, _ raw: RawRecords) throws(PipelineError) -> Decoded {
        var kept = BufferBuilder<Int32>(capacity: raw.count)
        var tombstones: [MalformedRecord] = []
        for index in 0..<raw.count {
            if nulls[index] == 0 {
                kept.append(Int32(index))
            } else {
                tombstones.append(
                    MalformedRecord(
                        recordIndex: index, code: .missingValue, message: "the record has no value (a tombstone)"))
            }
        }
        let indices = kept.finish()
        let span = indices.span
        var starts = BufferBuilder<Int32>(capacity: span.count)
        var ends = BufferBuilder<Int32>(capacity: span.count)
        var positions = BufferBuilder<Int64>(capacity: span.count)
        for index in span.indices {
            starts.append(raw.starts[Int(span[index])])
            ends.append(raw.ends[Int(span[index])])
            positions.append(raw.positions[Int(span[index])])
        }
        let decoded = try decoder.decode(
            RawRecords(
                bytes: raw.bytes, starts: starts.finish(), ends: ends.finish(), positions: positions.finish()))
        var back = BufferBuilder<Int32>(capacity: decoded.recordIndices.count)
        for index in decoded.recordIndices.array { back.append(span[Int(index)]) }
        let malformed = decoded.malformed.map {
            MalformedRecord(recordIndex: Int(indices[$0.recordIndex]), code: $0.code, message: $0.message)
        }
        return Decoded(
            rows: decoded.rows, recordIndices: back.finish(),
            malformed: (malformed + tombstones).sorted { $0.recordIndex < $1.recordIndex })
    }
}

extension KafkaRecordDecoding.Decoded {
    fileprivate init(_ decoded: DecodedRecords) {
        self.init(rows: decoded.rows, recordIndices: decoded.recordIndices, malformed: decoded.malformed)
    }
}
