// SPDX-License-Identifier: Apache-2.0
public import Columnar
import Failures
public import StreamCore

/// The table of records that were not used: what a Delta sink needs to keep them.
public enum DeadLetterTable {
    /// The columns.
    public static let schema = Schema([
        Field("raw", .binary, nullable: false, comment: "the record as it came"),
        Field("source", .string, nullable: false, comment: "the source in the pipeline file"),
        Field("partition", .string, nullable: false, comment: "topic and partition, or file"),
        Field("position", .bigint, nullable: false, comment: "offset, or byte position of the line"),
        Field("stage", .string, nullable: false, comment: "decode, or the transform, expectation or sink"),
        Field("code", .string, nullable: false, comment: "why, for programs"),
        Field("message", .string, nullable: false, comment: "why, for people"),
        Field("pipeline_hash", .string, nullable: false, comment: "SHA-256 of the pipeline's definition"),
        Field("epoch", .bigint, nullable: false),
        Field("time", .timestamp, nullable: false, comment: "when it was put here"),
    ])

    /// One row for each record, in their order.
    ///
    /// - Parameter timeMicros: when they were put here, µs since 1970 UTC; the same for the whole batch.
    public static func rows(
        _ letters: [DeadLetter], pipelineHash: String, epoch: Epoch, timeMicros: Int64
    ) -> ColumnBatch {
        let count = letters.count
        let columns = [
            bytes(.binary, letters.map(\.raw)), text(letters.map(\.source)), text(letters.map(\.partition.name)),
            Column(
                .bigint, count: count, validity: nil, storage: .int64(Buffer(letters.map(\.position.position)))),
            text(letters.map(\.stage)), text(letters.map(\.code.rawValue)), text(letters.map(\.message)),
            Column(.string, repeating: .string(pipelineHash), count: count),
            Column(
                .bigint, count: count, validity: nil, storage: .int64(Buffer(repeating: epoch.number, count: count))),
            Column(
                .timestamp, count: count, validity: nil, storage: .int64(Buffer(repeating: timeMicros, count: count))),
        ]
        return ColumnBatch(schema: schema, columns: columns, rowCount: count)
    }

    private static func text(_ values: [String]) -> Column {
        bytes(.string, values.map { Buffer(Array($0.utf8)) })
    }

    private static func bytes(_ type: DataType, _ values: [Buffer<UInt8>]) -> Column {
        var offsets = BufferBuilder<Int32>(capacity: values.count + 1)
        var all = BufferBuilder<UInt8>(capacity: values.reduce(0) { $0 + $1.count })
        offsets.append(0)
        for value in values {
            all.append(contentsOf: value)
            offsets.append(Int32(all.count))
        }
        return Column(
            type, count: values.count, validity: nil, storage: .bytes(offsets: offsets.finish(), bytes: all.finish()))
    }
}
