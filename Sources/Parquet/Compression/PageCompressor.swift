// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Compresses the pages of one writer with one context and one working memory.
final class PageCompressor {
    let codec: ParquetCodec
    private let history: CompressionHistory
    private let level: Int
    private let zstd: ZstdCompressor?
    private var scratch = BufferBuilder<UInt8>()

    init(_ compression: ParquetCompression, _ history: CompressionHistory) throws(PipelineError) {
        self.history = history
        switch compression {
        case .none: (codec, level, zstd) = (.uncompressed, 0, nil)
        case .snappy: (codec, level, zstd) = (.snappy, 0, nil)
        case .zstd(let level):
            guard (1...22).contains(level) else {
                throw PipelineError(.invalidArgument, "there is no zstd level \(level)", hint: "Use 1 to 22")
            }
            (codec, self.level, zstd) = (.zstd, level, try ZstdCompressor())
        }
    }

    /// Calls `use` with `source` compressed, in memory that is kept for the next page.
    func compress(
        _ source: Span<UInt8>, of kind: CompressionHistory.Kind, _ use: (Span<UInt8>) -> Void
    ) throws(PipelineError) {
        guard codec != .uncompressed else { return use(source) }
        var page = BufferBuilder<UInt8>()
        swap(&page, &scratch)
        defer { swap(&page, &scratch) }
        page.removeAll()
        if let zstd {
            let effort = history.effort(for: kind)
            try zstd.compress(source, level: level, effort, into: &page)
            if effort == .full { history.note(kind, byteCount: source.count, compressedByteCount: page.count) }
        } else {
            try SnappyBlock.compress(source, into: &page)
        }
        use(page.span)
    }
}
