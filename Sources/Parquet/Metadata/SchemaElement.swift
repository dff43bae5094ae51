// SPDX-License-Identifier: Apache-2.0

/// One node of the schema tree of a file, in the order of a walk from the root.
struct SchemaElement {
    /// How often a node occurs in its parent.
    enum Repetition: Int32 {
        case required = 0
        case optional = 1
        case repeated = 2
    }

    /// The physical type of a leaf; `nil` for groups.
    var physicalType: PhysicalType?
    /// Bytes of a FIXED_LEN_BYTE_ARRAY.
    var typeLength: Int = 0
    /// `nil` for the root alone.
    var repetition: Repetition?
    var name: String
    /// Children of a group; 0 for leaves.
    var childCount = 0
    /// The older way to say what a column means.
    var convertedType: ConvertedType?
    var scale: Int = 0
    var precision: Int = 0
    var fieldID: Int32?
    var logicalType: LogicalType?

    /// Whether the node holds values. Some writers give groups a type, too.
    var isLeaf: Bool { childCount == 0 && physicalType != nil }

    init(name: String) { self.name = name }
}
