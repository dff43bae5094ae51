// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Decompresses the pages of one reader with one context.
final class PageDecompressor {
    private var zstd: ZstdDecompressor?

    init() {}

    /// The `size` bytes that `source` decompresses to. What the header says is checked against what the codec can do
    /// before memory is taken for it.
    func decompress(_ source: Buffer<UInt8>, _ codec: ParquetCodec, size: Int) throws(PipelineError) -> Buffer<UInt8> {
        if codec == .uncompressed {
            guard source.count == size else { throw .corruptParquet("a page is not as long as it says") }
            return source
        }
        guard size > 0 else { return Buffer() }
        guard size <= source.count * Self.maxRatio(codec) + 1024, size <= 1 << 31 else {
            throw .corruptParquet("a page of \(source.count) bytes claims to hold \(size)")
        }
        var output = BufferBuilder<UInt8>(capacity: size)
        switch codec {
        case .snappy: try SnappyBlock.decompress(source.span, size: size, into: &output)
        case .gzip: try GzipStream.decompress(source.span, size: size, into: &output)
        case .zstd:
            if zstd == nil { zstd = try ZstdDecompressor() }
            try zstd?.decompress(source.span, size: size, into: &output)
        case .lz4Raw: try LZ4Block.decompress(source.span, size: size, into: &output)
        case .lz4: try LZ4Block.decompressFramed(source.span, size: size, into: &output)
        case .brotli: try BrotliStream.decompress(source.span, size: size, into: &output)
        default:
            throw PipelineError(
                .unsupported, "the Parquet file is compressed with \(codec), which is not read here",
                hint: "Write it with zstd, snappy or gzip")
        }
        return output.finish()
    }

    /// How much more a codec can make of its input at most.
    private static func maxRatio(_ codec: ParquetCodec) -> Int {
        switch codec {
        case .snappy: 32
        case .gzip: 1_100
        case .lz4, .lz4Raw: 256
        default: 50_000
        }
    }
}
