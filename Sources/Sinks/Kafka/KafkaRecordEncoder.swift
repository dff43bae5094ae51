// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import KafkaClient
import StreamCore

/// Rows as Kafka records: the value a JSON object, key and headers from columns.
///
/// - A key of one STRING or BINARY column is its bytes, of another column its text as in JSON without quotes, of several columns a JSON
///   object of them. A NULL in the only key column gives a record without key.
/// - A header is the bytes or the text of its column; NULL leaves it out.
struct KafkaRecordEncoder: Sendable {
    let layout: KafkaBlock.Layout
    private let value: JSONLinesEncoder
    private let keyColumns: [Int]
    private let keySchema: Schema
    private let keyObject: JSONLinesEncoder
    private let headerColumns: [Int]

    private static let maxBlockRows = 4096

    /// An encoder of rows with this schema. The loader has checked that the columns of key and headers are there.
    init(schema: Schema, options: KafkaSinkOptions) {
        let headers = options.headers.sorted { $0.key < $1.key }.compactMap { header in
            schema.index(of: header.value).map { (header.key, $0) }
        }.prefix(KafkaBlock.Layout.maxHeaders)
        keyColumns = options.key.compactMap { schema.index(of: $0) }
        keySchema = Schema(keyColumns.map { schema.fields[$0] })
        keyObject = JSONLinesEncoder(schema: keySchema)
        headerColumns = headers.map(\.1)
        layout = KafkaBlock.Layout(hasKeys: !keyColumns.isEmpty, headers: headers.map(\.0))
        value = JSONLinesEncoder(schema: schema)
    }

    /// Gives the rows in blocks of bounded size.
    ///
    /// - Parameter maxRecordBytes: the most that key, value and headers of one record may have together.
    /// - Throws: `invalidArgument` for a record that is larger, and what `take` throws.
    func encode(
        _ batch: ColumnBatch, maxRecordBytes: Int, take: (KafkaBlock) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        let rowBytes = max(1, batch.byteCount / max(1, batch.rowCount))
        let rows = min(Self.maxBlockRows, max(1, KafkaSpool.blockBytes / rowBytes))
        var start = 0
        while start < batch.rowCount {
            let end = min(batch.rowCount, start + rows)
            let columns = columns(of: batch.slice(start..<end))
            try check(columns, maxRecordBytes)
            try take(KafkaBlock(layout: layout, columns: columns))
            start = end
        }
    }

    private func columns(of batch: ColumnBatch) -> [KafkaByteColumn] {
        var columns = [Self.objects(batch, value)]
        if keyColumns.count == 1 {
            columns.append(Self.texts(batch.columns[keyColumns[0]]))
        } else if !keyColumns.isEmpty {
            let key = ColumnBatch(
                schema: keySchema, columns: keyColumns.map { batch.columns[$0] }, rowCount: batch.rowCount)
            columns.append(Self.objects(key, keyObject))
        }
        return columns + headerColumns.map { Self.texts(batch.columns[$0]) }
    }

    private static func objects(_ batch: ColumnBatch, _ encoder: JSONLinesEncoder) -> KafkaByteColumn {
        var bytes = BufferBuilder<UInt8>(capacity: batch.rowCount * 64)
        var ends = BufferBuilder<Int32>(capacity: batch.rowCount)
        encoder.encode(batch, into: &bytes, ends: &ends)
        return KafkaByteColumn(
            ends: ends.finish(), present: Buffer(repeating: 1, count: batch.rowCount), bytes: bytes.finish())
    }

    private static func texts(_ column: Column) -> KafkaByteColumn {
        let cells = TextCells(column)
        return KafkaByteColumn(ends: cells.ends, present: cells.present, bytes: cells.bytes)
    }

    private func check(_ columns: [KafkaByteColumn], _ maxRecordBytes: Int) throws(PipelineError) {
        // The whole block is nearly always smaller than what one record may have.
        if columns.reduce(0, { $0 + $1.bytes.count }) <= maxRecordBytes { return }
        for row in 0..<(columns.first?.ends.count ?? 0) {
            let bytes = columns.reduce(0) { $0 + Int($1.ends[row]) - (row > 0 ? Int($1.ends[row - 1]) : 0) }
            guard bytes > maxRecordBytes else { continue }
            throw PipelineError(
                .invalidArgument, "a record has \(bytes) bytes, and the topic takes \(maxRecordBytes)",
                hint:
                    "Raise \"max.message.bytes\" of the topic (and \"message.max.bytes\" in \"properties\" where it is set), "
                    + "or leave such rows or columns out in a transform; the epoch is then read again")
        }
    }
}
