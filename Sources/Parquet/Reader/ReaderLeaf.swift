// SPDX-License-Identifier: Apache-2.0

/// A leaf of a file's schema.
struct ReaderLeaf {
    var index: Int
    var path: [String]
    var element: SchemaElement
    var physicalType: PhysicalType
    var conversion: LeafConversion
    var maxDefinition: Int
    var maxRepetition: Int
}
