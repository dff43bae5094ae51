// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Compresses the pages of one writer with one context and one working memory.
final class PageCompressor {
    private enum Method {
        case none
        case snappy
        case zstd(ZstdCompressor, level: Int, CompressionHistory)
    }

    private let method: Method
    private var scratch = BufferBuilder<UInt8>()

    /// Leaves pages as they are.
    init() { method = .none }

    /// Compresses pages; with zstd as hard as the history of their kind makes worthwhile.
    init(_ compression: ParquetCompression, _ history: CompressionHistory) throws(PipelineError) {
        switch compression {
        case .none: method = .none
        case .snappy: method = .snappy
        case .zstd(let level):
            guard (1...22).contains(level) else {
                throw PipelineError(.invalidArgument, "there is no zstd level \(level)", hint: "Use 1 to 22")
            }
            method = .zstd(try ZstdCompressor(), level: level, history)
        }
    }

    /// How pages are marked.
    var codec: ParquetCodec {
        switch method {
        case .none: .uncompressed
        case .snappy: .snappy
        case .zstd: .zstd
        }
    }

    /// Calls `use` with `source` compressed, in memory that is kept for the next page.
    func compress(
        _ source: Span<UInt8>, of kind: CompressionHistory.Kind, _ use: (Span<UInt8>) -> Void
    ) throws(PipelineError) {
        var page = BufferBuilder<UInt8>()
        swap(&page, &scratch)
        defer { swap(&page, &scratch) }
        page.removeAll()
        switch method {
        case .none: return use(source)
        case .snappy: try SnappyBlock.compress(source, into: &page)
        case .zstd(let zstd, let level, let history):
            let effort = history.effort(for: kind)
            try zstd.compress(source, level: level, effort, into: &page)
            if effort == .full { history.note(kind, byteCount: source.count, compressedByteCount: page.count) }
        }
        use(page.span)
    }
}
