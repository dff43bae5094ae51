// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Decodes the values of BOOLEAN chunks.
enum BooleanValues {
    static func decode(_ content: ChunkContent) throws(PipelineError) -> Bitmap {
        var bits = BitmapBuilder()
        var decoded = BufferBuilder<UInt8>()
        for run in content.runs {
            decoded.removeAll()
            let bytes = run.bytes.span
            switch run.encoding {
            case .plain:
                guard bytes.count >= (run.count + 7) / 8 else { throw .shortPage }
                BitPacking.unpack(bytes, width: 1, count: run.count, into: &decoded)
            case .rle:
                guard bytes.count >= 4 else { throw .shortPage }
                let size = min(Int(bytes.littleEndian(at: 0, as: UInt32.self)), bytes.count - 4)
                try HybridDecoder.decode(bytes.extracting(4..<(4 + size)), width: 1, count: run.count, into: &decoded)
            default: throw .unexpectedEncoding(run.encoding)
            }
            let values = decoded.span
            for index in values.indices { bits.append(values[index] & 1 != 0) }
        }
        return bits.finish()
    }
}
