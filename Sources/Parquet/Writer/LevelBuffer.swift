// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The definition and repetition levels of the page that a column chunk is filling.
struct LevelBuffer: ~Copyable {
    /// How many levels there are: values and nulls.
    private(set) var count = 0
    /// How many of them stand for no value.
    private(set) var nullCount = 0
    private let maxDefinition: Int
    private let maxRepetition: Int
    /// Levels of a leaf that is a column of its own: a bit says whether there is a value.
    private var bits = BitmapBuilder()
    private var definitions = BufferBuilder<UInt8>()
    private var repetitions = BufferBuilder<UInt8>()

    init(_ leaf: LeafColumn) {
        maxDefinition = leaf.maxDefinition
        maxRepetition = leaf.maxRepetition
    }

    /// Appends the levels of a column that is not nested.
    mutating func append(validity: Bitmap?, count additional: Int) {
        count += additional
        guard maxDefinition > 0 else { return }
        if let validity {
            bits.append(contentsOf: validity)
            nullCount += additional - validity.setCount
        } else {
            bits.append(repeating: true, count: additional)
        }
    }

    /// Appends the levels of a nested leaf.
    mutating func append(definitions newDefinitions: Span<UInt8>, repetitions newRepetitions: Span<UInt8>) {
        count += newDefinitions.count
        let full = UInt8(maxDefinition)
        var nulls = 0
        for index in newDefinitions.indices where newDefinitions[index] != full { nulls += 1 }
        nullCount += nulls
        if maxDefinition > 0 { definitions.append(contentsOf: newDefinitions) }
        if maxRepetition > 0 { repetitions.append(contentsOf: newRepetitions) }
    }

    /// Appends both levels as a V1 data page holds them and forgets them.
    mutating func flush(into output: inout BufferBuilder<UInt8>) {
        if maxRepetition > 0 {
            Self.append(repetitions.span, maximum: maxRepetition, into: &output)
            repetitions.removeAll()
        }
        if bits.count > 0 {
            var finished = BitmapBuilder(capacity: bits.count)
            swap(&finished, &bits)
            var section = BufferBuilder<UInt8>(capacity: finished.count / 8 + 16)
            HybridEncoder.append(finished.finish(), into: &section)
            Self.append(section: section.span, into: &output)
        } else if maxDefinition > 0 {
            Self.append(definitions.span, maximum: maxDefinition, into: &output)
            definitions.removeAll()
        }
        count = 0
        nullCount = 0
    }

    private static func append(_ levels: Span<UInt8>, maximum: Int, into output: inout BufferBuilder<UInt8>) {
        var section = BufferBuilder<UInt8>(capacity: levels.count / 2 + 16)
        HybridEncoder.append(levels, width: BitPacking.width(ofMaximum: UInt64(maximum)), into: &section)
        append(section: section.span, into: &output)
    }

    private static func append(section: Span<UInt8>, into output: inout BufferBuilder<UInt8>) {
        output.append(littleEndian: UInt32(section.count))
        output.append(contentsOf: section)
    }
}
