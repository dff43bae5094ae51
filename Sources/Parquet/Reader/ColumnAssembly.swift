// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Builds columns from levels and values: the way back from leaves to rows.
///
/// Dremel: Melnik et al., "Dremel: Interactive Analysis of Web-Scale Datasets", VLDB 2010, §4.
struct ColumnAssembly {
    /// A decoded leaf.
    struct Leaf {
        var definitions: Buffer<UInt8>?
        var repetitions: Buffer<UInt8>?
        /// The values without nulls.
        var values: Column
    }

    /// The leaves that were read, by their index in the file; `nil` for the others.
    var leaves: [Leaf?]

    /// The column of a node.
    func column(_ node: ReaderNode) throws(PipelineError) -> Column {
        guard let first = leaves[node.firstLeaf] else { throw .corruptParquet("a column was not read") }
        switch node.kind {
        case .leaf:
            guard let present = presence(node, first) else { return first.values }
            return try first.values.spread(over: present)
        case .structure(let children):
            var columns: [Column] = []
            for child in children { columns.append(try column(child)) }
            let present = presence(node, first)
            let count = present?.count ?? columns[0].count
            guard columns.allSatisfy({ $0.count == count }) else { throw Self.uneven }
            return Column(
                node.type, count: count, validity: present.flatMap { $0.allSet ? nil : $0 }, storage: .fields(columns))
        case .list(let item):
            let element = try column(item)
            let (offsets, validity) = try ranges(node, first)
            guard Int(offsets[offsets.count - 1]) == element.count else { throw Self.uneven }
            return Column(
                node.type, count: offsets.count - 1, validity: validity,
                storage: .list(offsets: offsets, element: element))
        case .map(let key, let value):
            let (keys, values) = (try column(key), try column(value))
            let (offsets, validity) = try ranges(node, first)
            guard Int(offsets[offsets.count - 1]) == keys.count, keys.count == values.count else { throw Self.uneven }
            return Column(
                node.type, count: offsets.count - 1, validity: validity,
                storage: .map(offsets: offsets, keys: keys, values: values))
        }
    }

    private static var uneven: PipelineError { .corruptParquet("the columns of a row group have different lengths") }

    /// A bit for each row of the node that says whether it is not NULL; `nil` when there are no levels to ask.
    private func presence(_ node: ReaderNode, _ leaf: Leaf) -> Bitmap? {
        guard let definitions = leaf.definitions else { return nil }
        let levels = definitions.span
        let (slot, full) = (UInt8(node.slotDefinition), UInt8(node.definition))
        var bits = BitmapBuilder(capacity: levels.count)
        if let repetitions = leaf.repetitions {
            let (repeats, limit) = (repetitions.span, UInt8(node.repetition))
            for index in levels.indices where repeats[index] <= limit && levels[index] >= slot {
                bits.append(levels[index] >= full)
            }
        } else {
            for index in levels.indices { bits.append(levels[index] >= full) }
        }
        return bits.finish()
    }

    /// The offsets of a list or map, and which of its rows are not NULL.
    private func ranges(_ node: ReaderNode, _ leaf: Leaf) throws(PipelineError) -> (Buffer<Int32>, Bitmap?) {
        guard let definitions = leaf.definitions, let repetitions = leaf.repetitions else {
            throw .corruptParquet("a list has no levels")
        }
        let (levels, repeats) = (definitions.span, repetitions.span)
        guard levels.count == repeats.count else { throw Self.uneven }
        let (slot, full, limit) = (UInt8(node.slotDefinition), UInt8(node.definition), UInt8(node.repetition))
        var offsets = BufferBuilder<Int32>(capacity: levels.count + 1)
        var bits = BitmapBuilder(capacity: levels.count)
        var count: Int32 = 0
        for index in levels.indices where repeats[index] <= limit + 1 {
            if repeats[index] <= limit && levels[index] >= slot {
                offsets.append(count)
                bits.append(levels[index] >= full)
            }
            if levels[index] > full {
                guard offsets.count > 0 else { throw .corruptParquet("a page has impossible levels") }
                count += 1
            }
        }
        offsets.append(count)
        return (offsets.finish(), bits.finishValidity())
    }
}
