// SPDX-License-Identifier: Apache-2.0

/// What stands before the bytes of a page.
struct PageHeader {
    /// What a page holds.
    enum Kind {
        case data(encoding: ParquetEncoding)
        case dataV2(
            encoding: ParquetEncoding, definitionByteCount: Int, repetitionByteCount: Int, isCompressed: Bool)
        case dictionary(encoding: ParquetEncoding)
        /// To be skipped.
        case index
    }

    var kind: Kind
    var valueCount: Int
    var uncompressedByteCount: Int
    var compressedByteCount: Int
    /// The encodings of levels of a V1 page; all but long gone writers say RLE.
    var definitionEncoding = ParquetEncoding.rle
    var repetitionEncoding = ParquetEncoding.rle

    /// Writes the header of a V1 data page or a dictionary page, the kinds that the writer makes.
    func write(to thrift: inout ThriftWriter) {
        thrift.beginStruct()
        switch kind {
        case .data(let encoding):
            writeSizes(type: 0, to: &thrift)
            thrift.beginStructField(5)
            thrift.field(1, Int32(valueCount))
            thrift.field(2, encoding.rawValue)
            thrift.field(3, definitionEncoding.rawValue)
            thrift.field(4, repetitionEncoding.rawValue)
            thrift.endStruct()
        case .dictionary(let encoding):
            writeSizes(type: 2, to: &thrift)
            thrift.beginStructField(7)
            thrift.field(1, Int32(valueCount))
            thrift.field(2, encoding.rawValue)
            thrift.endStruct()
        case .dataV2, .index: preconditionFailure("the writer makes V1 pages")
        }
        thrift.endStruct()
    }

    private func writeSizes(type: Int32, to thrift: inout ThriftWriter) {
        thrift.field(1, type)
        thrift.field(2, Int32(uncompressedByteCount))
        thrift.field(3, Int32(compressedByteCount))
    }
}
