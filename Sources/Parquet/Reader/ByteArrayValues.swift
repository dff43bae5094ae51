// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Decodes the values of BYTE_ARRAY chunks.
enum ByteArrayValues {
    /// The strings; chunks that are all codes stay a dictionary.
    static func decode(_ content: ChunkContent) throws(PipelineError) -> Column.Storage {
        var entries = ByteArrayBuilder()
        if let page = content.dictionary { try entries.appendPlain(page) }
        let entryCount = entries.count
        let (entryOffsets, entryBytes) = entries.finish()
        let isAllCodes = content.runs.allSatisfy { $0.encoding == .plainDictionary || $0.encoding == .rleDictionary }
        var codes = BufferBuilder<Int32>()
        if isAllCodes && entryCount > 0 {
            for run in content.runs { try DictionaryCodes.decode(run, entryCount: entryCount, into: &codes) }
            let values = Column(
                .binary, count: entryCount, validity: nil, storage: .bytes(offsets: entryOffsets, bytes: entryBytes))
            return .dictionary(codes: codes.finish(), values: values)
        }
        var values = ByteArrayBuilder()
        for run in content.runs {
            switch run.encoding {
            case .plain: try values.appendPlain(run)
            case .deltaLengthByteArray: try values.appendDeltaLength(run)
            case .deltaByteArray: try values.appendDeltaByteArray(run)
            case .plainDictionary, .rleDictionary:
                codes.removeAll()
                try DictionaryCodes.decode(run, entryCount: entryCount, into: &codes)
                try values.appendCoded(codes.span, entryOffsets.span, entryBytes.span)
            default: throw .unexpectedEncoding(run.encoding)
            }
        }
        let (offsets, bytes) = values.finish()
        return .bytes(offsets: offsets, bytes: bytes)
    }
}
