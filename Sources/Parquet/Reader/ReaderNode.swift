// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A node of a file's schema as a column is built from it: what `DataType` it is and which levels mean what.
struct ReaderNode {
    /// How the column of the node is built.
    indirect enum Kind {
        case leaf(ReaderLeaf)
        case structure([ReaderNode])
        case list(ReaderNode)
        case map(key: ReaderNode, value: ReaderNode)
    }

    var name: String
    var kind: Kind
    var type: DataType
    var nullable: Bool
    /// There is a row for the node where the definition level is at least this: that of the repeated node above.
    var slotDefinition: Int
    /// The row is not NULL where the definition level is at least this.
    var definition: Int
    /// A new row begins where the repetition level is at most this.
    var repetition: Int
    /// A leaf below the node, whose levels tell about it.
    var firstLeaf: Int

    /// All leaves at and below the node.
    var leafIndices: [Int] {
        switch kind {
        case .leaf(let leaf): [leaf.index]
        case .structure(let children): children.flatMap(\.leafIndices)
        case .list(let item): item.leafIndices
        case .map(let key, let value): key.leafIndices + value.leafIndices
        }
    }
}
