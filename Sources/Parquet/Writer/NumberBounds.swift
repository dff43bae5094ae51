// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The least and the greatest number of a column, floats by their bit patterns.
///
/// After a NaN there are no bounds: readers disagree on where NaN sorts, and a bound that leaves it out would let them skip
/// rows that match. Parquet format, `ColumnOrder`, on floating point numbers.
struct NumberBounds<Word: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable> {
    private var minimum: Word
    private var maximum: Word
    private var isEmpty = true
    private var hasNaN = false
    private let isFloat: Bool

    init(_ type: PhysicalType) {
        isFloat = type == .float || type == .double
        (minimum, maximum) = (.max, .min)
    }

    /// Takes in all values.
    @inline(__always)
    mutating func add(_ numbers: borrowing BufferBuilder<Word>) {
        let values = numbers.span
        guard values.count > 0 else { return }
        isEmpty = false
        var (least, greatest) = (minimum, maximum)
        if isFloat {
            let infinity: Word =
                Word.bitWidth == 32
                ? Word(truncatingIfNeeded: 0x7F80_0000) : Word(truncatingIfNeeded: 0x7FF0_0000_0000_0000 as Int64)
            for index in values.indices {
                if values[index] & Word.max > infinity { hasNaN = true }
                let key = Self.ordered(values[index])
                least = min(least, key)
                greatest = max(greatest, key)
            }
        } else {
            for index in values.indices {
                least = min(least, values[index])
                greatest = max(greatest, values[index])
            }
        }
        (minimum, maximum) = (least, greatest)
    }

    /// Takes in the bounds of another run of values.
    mutating func add(_ other: NumberBounds) {
        guard !other.isEmpty else { return }
        isEmpty = false
        hasNaN = hasNaN || other.hasNaN
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }

    /// The bounds as the file holds them; a zero minimum is −0.0 and a zero maximum +0.0, as the format asks.
    var written: (minimum: Word, maximum: Word)? {
        guard !isEmpty, !hasNaN else { return nil }
        guard isFloat else { return (minimum, maximum) }
        let (least, greatest) = (Self.ordered(minimum), Self.ordered(maximum))
        return (least == 0 ? .min : least, greatest == .min ? 0 : greatest)
    }

    /// Maps bit patterns to integers that sort like the floats, and back: of negative numbers all bits but the sign are flipped.
    @inline(__always)
    private static func ordered(_ pattern: Word) -> Word {
        pattern ^ (pattern >> Word(Word.bitWidth - 1)) & Word.max
    }
}
