// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Compresses the pages of one writer with one context.
final class PageCompressor {
    let codec: ParquetCodec
    private let level: Int
    private let zstd: ZstdCompressor?

    init(_ compression: ParquetCompression) throws(PipelineError) {
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

    /// Appends `source` compressed.
    func compress(_ source: Span<UInt8>, into output: inout BufferBuilder<UInt8>) throws(PipelineError) {
        switch codec {
        case .snappy: try SnappyBlock.compress(source, into: &output)
        case .zstd: try zstd?.compress(source, level: level, into: &output)
        default: output.append(contentsOf: source)
        }
    }
}
