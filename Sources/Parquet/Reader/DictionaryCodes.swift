// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Decodes pages of dictionary codes.
enum DictionaryCodes {
    /// Appends the codes of a page, each below `entryCount`.
    static func decode(
        _ run: ChunkContent.ValueRun, entryCount: Int, into codes: inout BufferBuilder<Int32>
    ) throws(PipelineError) {
        guard run.bytes.count > 0 else { throw .shortPage }
        let before = codes.count
        let bytes = run.bytes.span
        try HybridDecoder.decode(
            bytes.extracting(1..<bytes.count), width: Int(bytes[0]), count: run.count, into: &codes)
        let decoded = codes.span
        var greatest: UInt32 = 0
        for index in before..<decoded.count { greatest = max(greatest, UInt32(bitPattern: decoded[index])) }
        guard Int(greatest) < entryCount else { throw .corruptParquet("a code is not in its dictionary") }
    }
}
