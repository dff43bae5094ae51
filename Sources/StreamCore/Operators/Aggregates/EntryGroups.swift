// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Entries of a log put together by the group they belong to.
struct EntryGroups {
    /// The entries of the wanted groups, group by group, by number.
    let entries: Buffer<Int32>
    /// Those of wanted group `i` are `entries[offsets[i]..<offsets[i + 1]]`.
    let offsets: Buffer<Int32>

    /// A column of lists, given the column of all wanted entries in their order.
    func list(_ type: DataType, of element: Column) -> Column {
        Column(type, count: offsets.count - 1, validity: nil, storage: .list(offsets: offsets, element: element))
    }

    /// The group of each element of a column of lists whose rows belong to `groups`, and the elements.
    static func flatten(_ column: Column, _ groups: Buffer<Int32>) -> (groups: Buffer<Int32>, element: Column) {
        guard case .list(let offsets, let element) = column.storage else {
            preconditionFailure("a column of \(column.type) does not hold lists")
        }
        var result = BufferBuilder<Int32>()
        for row in 0..<groups.count {
            result.append(repeating: groups[row], count: Int(offsets[row + 1] - offsets[row]))
        }
        let range = Int(offsets[0])..<Int(offsets[groups.count])
        return (result.finish(), element.slice(range))
    }
}
