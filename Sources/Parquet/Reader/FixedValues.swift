// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Decodes the values of FIXED_LEN_BYTE_ARRAY and INT96 chunks into bytes, one value behind the other.
enum FixedValues {
    static func decode(_ content: ChunkContent, length: Int) throws(PipelineError) -> Buffer<UInt8> {
        var values = BufferBuilder<UInt8>()
        var dictionary = Buffer<UInt8>()
        if let page = content.dictionary { dictionary = try plain(page, length) }
        var codes = BufferBuilder<Int32>()
        for run in content.runs {
            switch run.encoding {
            case .plain: values.append(contentsOf: try plain(run, length))
            case .plainDictionary, .rleDictionary:
                codes.removeAll()
                try DictionaryCodes.decode(run, entryCount: dictionary.count / length, into: &codes)
                let (entries, positions) = (dictionary.span, codes.span)
                for index in positions.indices {
                    let start = Int(positions[index]) * length
                    values.append(contentsOf: entries.extracting(start..<(start + length)))
                }
            case .byteStreamSplit:
                let split = try plain(run, length)
                let bytes = split.span
                for index in 0..<run.count {
                    for byte in 0..<length { values.append(bytes[byte * run.count + index]) }
                }
            case .deltaByteArray:
                var strings = ByteArrayBuilder()
                try strings.appendDeltaByteArray(run)
                guard strings.haveLength(length) else { throw .corruptParquet("a value has the wrong length") }
                let joined = strings.finish().bytes
                values.append(contentsOf: joined)
            default: throw .unexpectedEncoding(run.encoding)
            }
        }
        return values.finish()
    }

    private static func plain(_ run: ChunkContent.ValueRun, _ length: Int) throws(PipelineError) -> Buffer<UInt8> {
        let (size, overflow) = run.count.multipliedReportingOverflow(by: length)
        guard !overflow, run.bytes.count >= size else { throw .shortPage }
        return run.bytes.slice(0..<size)
    }
}
