// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A leaf of the schema tree: what a column chunk is written for.
struct LeafColumn {
    var path: [String]
    var type: DataType
    var physicalType: PhysicalType
    /// Bytes of a FIXED_LEN_BYTE_ARRAY; 0 for other types.
    var typeLength = 0
    /// How many of the nodes on the path are optional or repeated.
    var maxDefinition: Int
    /// How many of the nodes on the path are repeated.
    var maxRepetition: Int
}
