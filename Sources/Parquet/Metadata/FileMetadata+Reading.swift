// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

extension FileMetadata {
    /// Reads the footer.
    init(reading thrift: inout ThriftReader) throws(PipelineError) {
        self.init()
        var isEncrypted = false
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: version = try thrift.int32(field)
            case 2:
                for _ in 0..<(try thrift.list(field, of: 12)) { schema.append(try SchemaElement(reading: &thrift)) }
            case 3: rowCount = try thrift.size(field)
            case 4:
                for _ in 0..<(try thrift.list(field, of: 12)) {
                    rowGroups.append(try RowGroupMetadata(reading: &thrift))
                }
            case 5:
                for _ in 0..<(try thrift.list(field, of: 12)) { try readKeyValue(&thrift) }
            case 6: createdBy = try thrift.string(field)
            case 8:
                isEncrypted = true
                try thrift.skip(field)
            default: try thrift.skip(field)
            }
        }
        if isEncrypted { throw PipelineError.encryptedParquet }
    }

    private mutating func readKeyValue(_ thrift: inout ThriftReader) throws(PipelineError) {
        var (key, value): (String, String?) = ("", nil)
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: key = try thrift.string(field)
            case 2: value = try thrift.string(field)
            default: try thrift.skip(field)
            }
        }
        keyValues.append((key, value))
    }
}

extension PipelineError {
    /// A file that needs keys.
    static var encryptedParquet: PipelineError {
        PipelineError(
            .unsupported, "the Parquet file is encrypted",
            hint: "Write it without modular encryption, which is not read here")
    }
}

extension RowGroupMetadata {
    init(reading thrift: inout ThriftReader) throws(PipelineError) {
        self.init()
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1:
                for _ in 0..<(try thrift.list(field, of: 12)) {
                    columns.append(try ColumnChunkMetadata(readingChunk: &thrift))
                }
            case 3: rowCount = try thrift.size(field)
            default: try thrift.skip(field)
            }
        }
    }
}

extension ColumnChunkMetadata {
    /// Reads the `ColumnChunk` structure.
    init(readingChunk thrift: inout ThriftReader) throws(PipelineError) {
        self.init(physicalType: nil, path: [], codec: nil)
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1:
                if try !thrift.binary(field).isEmpty { isInOtherFile = true }
            case 3:
                try thrift.structure(field)
                try read(&thrift)
            case 8:
                isEncrypted = true
                try thrift.skip(field)
            default: try thrift.skip(field)
            }
        }
    }

    private mutating func read(_ thrift: inout ThriftReader) throws(PipelineError) {
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: physicalType = PhysicalType(rawValue: try thrift.int32(field))
            case 4: codec = ParquetCodec(rawValue: try thrift.int32(field))
            case 5: valueCount = try thrift.size(field)
            case 7: compressedByteCount = try thrift.size(field)
            case 9: dataPageOffset = try thrift.size(field)
            case 11:
                let offset = try thrift.integer(field)
                // Some writers say 0 or −1 for "none".
                if offset > 0 { dictionaryPageOffset = Int(offset) }
            case 12:
                try thrift.structure(field)
                statistics = try ChunkStatistics(reading: &thrift)
            default: try thrift.skip(field)
            }
        }
    }
}

extension ChunkStatistics {
    init(reading thrift: inout ThriftReader) throws(PipelineError) {
        self.init()
        var (legacyMinimum, legacyMaximum): ([UInt8]?, [UInt8]?)
        var last: Int16 = 0
        while let field = try thrift.field(after: &last) {
            switch field.id {
            case 1: legacyMaximum = try thrift.binary(field)
            case 2: legacyMinimum = try thrift.binary(field)
            case 3: nullCount = Int(exactly: try thrift.integer(field)).flatMap { $0 < 0 ? nil : $0 }
            case 5: maximum = try thrift.binary(field)
            case 6: minimum = try thrift.binary(field)
            case 7: isMaximumExact = try thrift.boolean(field)
            case 8: isMinimumExact = try thrift.boolean(field)
            default: try thrift.skip(field)
            }
        }
        if minimum == nil && maximum == nil && (legacyMinimum != nil || legacyMaximum != nil) {
            (minimum, maximum, hasLegacyOrder) = (legacyMinimum, legacyMaximum, true)
        }
    }
}
