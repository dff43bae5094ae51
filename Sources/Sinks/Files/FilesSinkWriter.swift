// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import ObjectStore
import Parquet
import StreamCore
import Synchronization

/// Writes one worker's rows of one epoch to a staged file.
final class FilesSinkWriter: SinkWriter {
    let name: String
    let stagedKey: String
    private let schema: Schema
    private let options: FilesSinkOptions
    private let store: LocalObjectStore
    private let state = Mutex(State())

    private struct State {
        var file: (any ObjectWriter)?
        var parquet: ParquetFileWriter?
        var rows = 0
    }

    private struct Output: ParquetOutput {
        let writer: any ObjectWriter
        func write(_ bytes: Buffer<UInt8>) throws(PipelineError) { try writer.append(bytes.span) }
    }

    init(schema: Schema, options: FilesSinkOptions, name: String, stagedKey: String, store: LocalObjectStore) {
        self.schema = schema
        self.options = options
        self.name = name
        self.stagedKey = stagedKey
        self.store = store
    }

    func append(_ batch: ColumnBatch) throws(PipelineError) {
        if batch.rowCount == 0 { return }
        try state.withLock { (state) throws(PipelineError) in
            let file: any ObjectWriter
            if let open = state.file { file = open } else { file = try open(&state) }
            if let parquet = state.parquet {
                try parquet.append(batch)
            } else {
                var text = BufferBuilder<UInt8>(capacity: batch.rowCount * 64)
                JSONLinesEncoder(schema: schema).encode(batch, into: &text)
                try file.append(text.span)
            }
            state.rows += batch.rowCount
        }
    }

    private func open(_ state: inout State) throws(PipelineError) -> any ObjectWriter {
        let file = try store.makeWriter(stagedKey)
        state.file = file
        if options.format == .parquet {
            var parquet = ParquetWriterOptions()
            switch options.compression {
            case .none: parquet.compression = .none
            case .snappy: parquet.compression = .snappy
            case .zstd(let level): parquet.compression = .zstd(level: level)
            }
            parquet.rowGroupBytes = 32 << 20
            state.parquet = try ParquetFileWriter(schema: schema, options: parquet, output: Output(writer: file))
        }
        return file
    }

    /// Makes the file durable; `nil` when there were no rows, else how many.
    func finish() async throws(PipelineError) -> Int? {
        let (file, rows) = try state.withLock { (state) throws(PipelineError) -> ((any ObjectWriter)?, Int) in
            _ = try state.parquet?.finish()
            state.parquet = nil
            return (state.file, state.rows)
        }
        guard let file else { return nil }
        try await file.finish()
        return rows
    }
}
