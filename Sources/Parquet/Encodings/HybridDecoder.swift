// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Reads the RLE / bit-packing hybrid of levels, dictionary codes and booleans.
enum HybridDecoder {
    /// Appends exactly `count` numbers of `width` bits from the start of `source`.
    ///
    /// - Throws: `corruptFile` when the runs end before that.
    @inline(__always)
    static func decode<Code: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ source: Span<UInt8>, width: Int, count: Int, into output: inout BufferBuilder<Code>
    ) throws(PipelineError) {
        guard width <= 32 else { throw .corruptParquet("codes have \(width) bits") }
        let valueBytes = (width + 7) / 8
        var position = 0
        var left = count
        while left > 0 {
            guard let header = source.varint(at: &position) else { throw Self.damaged }
            if header & 1 == 0 {
                guard header > 1, source.count - position >= valueBytes else { throw Self.damaged }
                var value: UInt64 = 0
                for byte in 0..<valueBytes { value |= UInt64(source[position + byte]) << UInt64(byte * 8) }
                position += valueBytes
                let run = Int(min(header >> 1, UInt64(left)))
                output.append(repeating: Code(truncatingIfNeeded: value), count: run)
                left -= run
            } else {
                // Groups behind the last value that is needed do not matter.
                let groups = Int(min(header >> 1, UInt64(left + 7) / 8))
                guard groups > 0 else { throw Self.damaged }
                let run = min(left, groups * 8)
                let available = source.count - position
                // The last run may be cut off behind the last value that is needed.
                guard available * 8 >= run * width else { throw Self.damaged }
                let size = min(groups * width, available)
                BitPacking.unpack(
                    source.extracting(position..<(position + size)), width: width, count: run, into: &output)
                position += size
                left -= run
            }
        }
    }

    private static var damaged: PipelineError { .corruptParquet("a page ends in the middle of its codes or levels") }
}

extension Span where Element == UInt8 {
    /// The ULEB128 number at `position`, which is moved behind it; `nil` when it does not end.
    func varint(at position: inout Int) -> UInt64? {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 && position < count {
            let byte = self[position]
            position += 1
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return result }
            shift += 7
        }
        return nil
    }
}
