// SPDX-License-Identifier: Apache-2.0

/// Where a column chunk lies in the file, and how it is encoded.
struct ColumnChunkMetadata {
    /// `nil` when a read file does not say, or says one that is not known.
    var physicalType: PhysicalType?
    var encodings: [ParquetEncoding] = []
    var path: [String]
    /// `nil` as for `physicalType`.
    var codec: ParquetCodec?
    /// Whether the chunk cannot be read without a key.
    var isEncrypted = false
    /// Whether the footer says that the chunk lies elsewhere.
    var isInOtherFile = false
    var valueCount = 0
    var uncompressedByteCount = 0
    var compressedByteCount = 0
    var dataPageOffset = 0
    var dictionaryPageOffset: Int?
    var statistics: ChunkStatistics?
    /// How many pages of each kind (0 data, 2 dictionary) have each encoding.
    var pageEncodings: [PageEncodingCount] = []

    /// How many pages of a kind have an encoding.
    struct PageEncodingCount {
        var pageType: Int32
        var encoding: ParquetEncoding
        var count: Int
    }

    /// Writes the `ColumnChunk` structure.
    func write(to thrift: inout ThriftWriter) {
        thrift.beginStruct()
        thrift.field(2, Int64(0))
        thrift.beginStructField(3)
        if let physicalType { thrift.field(1, physicalType.rawValue) }
        thrift.beginList(2, of: .int32, count: encodings.count)
        for encoding in encodings { thrift.element(Int64(encoding.rawValue)) }
        thrift.beginList(3, of: .binary, count: path.count)
        for name in path { thrift.element(name) }
        if let codec { thrift.field(4, codec.rawValue) }
        thrift.field(5, Int64(valueCount))
        thrift.field(6, Int64(uncompressedByteCount))
        thrift.field(7, Int64(compressedByteCount))
        thrift.field(9, Int64(dataPageOffset))
        if let dictionaryPageOffset { thrift.field(11, Int64(dictionaryPageOffset)) }
        statistics?.write(field: 12, to: &thrift)
        thrift.beginList(13, of: .structure, count: pageEncodings.count)
        for page in pageEncodings {
            thrift.beginStruct()
            thrift.field(1, page.pageType)
            thrift.field(2, page.encoding.rawValue)
            thrift.field(3, Int32(page.count))
            thrift.endStruct()
        }
        thrift.endStruct()
        thrift.endStruct()
    }
}
