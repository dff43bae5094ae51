// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Where the walk from rows to the leaves of a nested column stands: one entry for each level that the leaf will have.
///
/// An entry either points at a row of the column that the walk has reached, or has ended at a NULL or an empty array above.
/// Dremel: Melnik et al., "Dremel: Interactive Analysis of Web-Scale Datasets", VLDB 2010, §4.
struct LevelRun {
    /// The definition level so far.
    var definitions: Buffer<UInt8>
    /// The repetition level; final once the entry exists.
    var repetitions: Buffer<UInt8>
    /// The row of the column reached, or −1 where the entry has ended.
    var rows: Buffer<Int32>

    /// One entry a row of a batch.
    init(rowCount: Int) {
        definitions = Buffer(repeating: 0, count: rowCount)
        repetitions = definitions
        var rows = BufferBuilder<Int32>(capacity: rowCount)
        for row in 0..<rowCount { rows.append(Int32(truncatingIfNeeded: row)) }
        self.rows = rows.finish()
    }

    private init(_ definitions: Buffer<UInt8>, _ repetitions: Buffer<UInt8>, _ rows: Buffer<Int32>) {
        (self.definitions, self.repetitions, self.rows) = (definitions, repetitions, rows)
    }

    /// Whether any entry points at a NULL.
    func reachesNull(_ validity: Bitmap) -> Bool {
        let (positions, words) = (rows.span, validity.words.span)
        for index in positions.indices {
            let row = Int(positions[index])
            if row >= 0 && words[row >> 6] >> UInt64(row & 63) & 1 == 0 { return true }
        }
        return false
    }

    /// The entries after an optional node: those that point at a value get one level more, those at a NULL end.
    func passingOptional(_ validity: Bitmap?) -> LevelRun {
        let (levels, positions) = (definitions.span, rows.span)
        var newLevels = BufferBuilder<UInt8>(capacity: levels.count)
        var newRows = BufferBuilder<Int32>(capacity: levels.count)
        let words = validity?.words ?? Buffer()
        let bits = words.span
        for index in positions.indices {
            let row = Int(positions[index])
            let isValid = row >= 0 && (bits.count == 0 || bits[row >> 6] >> UInt64(row & 63) & 1 != 0)
            newLevels.append(levels[index] + (isValid ? 1 : 0))
            newRows.append(isValid ? positions[index] : -1)
        }
        return LevelRun(newLevels.finish(), repetitions, newRows.finish())
    }

    /// The entries after a repeated node: one for each element; an empty array ends its entry.
    func passingRepeated(_ offsets: Buffer<Int32>, repetition: Int) -> LevelRun {
        let (levels, repeats, positions, starts) = (definitions.span, repetitions.span, rows.span, offsets.span)
        var newLevels = BufferBuilder<UInt8>(capacity: levels.count)
        var newRepeats = BufferBuilder<UInt8>(capacity: levels.count)
        var newRows = BufferBuilder<Int32>(capacity: levels.count)
        for index in positions.indices {
            let row = Int(positions[index])
            let (start, end) = row < 0 ? (0, 0) : (starts[row], starts[row + 1])
            guard start < end else {
                newLevels.append(levels[index])
                newRepeats.append(repeats[index])
                newRows.append(-1)
                continue
            }
            for element in start..<end {
                newLevels.append(levels[index] + 1)
                newRepeats.append(element == start ? repeats[index] : UInt8(repetition))
                newRows.append(element)
            }
        }
        return LevelRun(newLevels.finish(), newRepeats.finish(), newRows.finish())
    }

    /// The rows that entries point at.
    var reachedRows: Buffer<Int32> {
        let positions = rows.span
        var reached = BufferBuilder<Int32>(capacity: positions.count)
        for index in positions.indices where positions[index] >= 0 { reached.append(positions[index]) }
        return reached.finish()
    }
}
