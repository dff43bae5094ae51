// SPDX-License-Identifier: Apache-2.0
import Failures

extension PageHeader {
    init(reading thrift: inout ThriftReader) throws(PipelineError) {
        self.init(kind: .index, valueCount: 0, uncompressedByteCount: 0, compressedByteCount: 0)
        var type: Int32 = -1
        var hasHeader = false
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: type = try thrift.int32(field)
            case 2: uncompressedByteCount = try thrift.size(field)
            case 3: compressedByteCount = try thrift.size(field)
            case 5, 7, 8:
                try thrift.structure(field)
                guard !hasHeader else { throw .corruptParquet("a page has two headers") }
                hasHeader = true
                switch field.id {
                case 5: try readData(&thrift)
                case 7: try readDictionary(&thrift)
                default: try readDataV2(&thrift)
                }
            default: try thrift.skip(field)
            }
        }
        let isConsistent =
            switch (type, kind) {
            case (0, .data), (2, .dictionary), (3, .dataV2): true
            case (_, .index): type != 0 && type != 2 && type != 3
            default: false
            }
        guard isConsistent else { throw .corruptParquet("a page lacks its header") }
    }

    private mutating func readData(_ thrift: inout ThriftReader) throws(PipelineError) {
        var encoding: Int32 = -1
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: valueCount = try thrift.size(field)
            case 2: encoding = try thrift.int32(field)
            case 3: definitionEncoding = try Self.encoding(try thrift.int32(field))
            case 4: repetitionEncoding = try Self.encoding(try thrift.int32(field))
            default: try thrift.skip(field)
            }
        }
        kind = .data(encoding: try Self.encoding(encoding))
    }

    private mutating func readDictionary(_ thrift: inout ThriftReader) throws(PipelineError) {
        var encoding: Int32 = -1
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: valueCount = try thrift.size(field)
            case 2: encoding = try thrift.int32(field)
            default: try thrift.skip(field)
            }
        }
        kind = .dictionary(encoding: try Self.encoding(encoding))
    }

    private mutating func readDataV2(_ thrift: inout ThriftReader) throws(PipelineError) {
        var encoding: Int32 = -1
        var (definitionByteCount, repetitionByteCount, isCompressed) = (0, 0, true)
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: valueCount = try thrift.size(field)
            case 4: encoding = try thrift.int32(field)
            case 5: definitionByteCount = try thrift.size(field)
            case 6: repetitionByteCount = try thrift.size(field)
            case 7: isCompressed = try thrift.boolean(field)
            default: try thrift.skip(field)
            }
        }
        kind = .dataV2(
            encoding: try Self.encoding(encoding), definitionByteCount: definitionByteCount,
            repetitionByteCount: repetitionByteCount, isCompressed: isCompressed)
    }

    private static func encoding(_ number: Int32) throws(PipelineError) -> ParquetEncoding {
        guard let encoding = ParquetEncoding(rawValue: number) else {
            throw PipelineError(.unsupported, "a page has encoding \(number), which is not known")
        }
        return encoding
    }
}
