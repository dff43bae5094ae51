// SPDX-License-Identifier: Apache-2.0

/// The footer of a file.
struct FileMetadata {
    var version: Int32 = 2
    var schema: [SchemaElement] = []
    var rowCount = 0
    var rowGroups: [RowGroupMetadata] = []
    var keyValues: [(key: String, value: String?)] = []
    var createdBy = ""

    func write(to thrift: inout ThriftWriter) {
        thrift.beginStruct()
        thrift.field(1, version)
        thrift.beginList(2, of: .structure, count: schema.count)
        for element in schema { element.write(to: &thrift) }
        thrift.field(3, Int64(rowCount))
        thrift.beginList(4, of: .structure, count: rowGroups.count)
        for (ordinal, group) in rowGroups.enumerated() { group.write(ordinal: ordinal, to: &thrift) }
        if !keyValues.isEmpty {
            thrift.beginList(5, of: .structure, count: keyValues.count)
            for pair in keyValues {
                thrift.beginStruct()
                thrift.field(1, pair.key)
                if let value = pair.value { thrift.field(2, value) }
                thrift.endStruct()
            }
        }
        thrift.field(6, createdBy)
        // One TypeDefinedOrder per leaf: without it readers must ignore min_value and max_value.
        let leafCount = schema.count { $0.physicalType != nil }
        thrift.beginList(7, of: .structure, count: leafCount)
        for _ in 0..<leafCount {
            thrift.beginStruct()
            thrift.emptyStructField(1)
            thrift.endStruct()
        }
        thrift.endStruct()
    }
}
