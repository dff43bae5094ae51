// SPDX-License-Identifier: Apache-2.0

/// One row group: a run of rows, with a chunk for each leaf column.
struct RowGroupMetadata {
    var columns: [ColumnChunkMetadata] = []
    var rowCount = 0
    /// Where the first page of the group lies.
    var fileOffset = 0

    func write(ordinal: Int, to thrift: inout ThriftWriter) {
        thrift.beginStruct()
        thrift.beginList(1, of: .structure, count: columns.count)
        for column in columns { column.write(to: &thrift) }
        thrift.field(2, Int64(columns.reduce(0) { $0 + $1.uncompressedByteCount }))
        thrift.field(3, Int64(rowCount))
        thrift.field(5, Int64(fileOffset))
        thrift.field(6, Int64(columns.reduce(0) { $0 + $1.compressedByteCount }))
        if let number = Int16(exactly: ordinal) { thrift.field(7, int16: number) }
        thrift.endStruct()
    }
}
