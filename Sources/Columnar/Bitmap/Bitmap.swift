// SPDX-License-Identifier: Apache-2.0

/// One bit per row, least significant bit first in 64-bit little-endian words: Arrow's layout of validity and BOOLEAN.
///
/// Bits of the last word beyond `count` are zero.
public struct Bitmap: Sendable {
    /// The words, `(count + 63) / 64` of them.
    public let words: Buffer<UInt64>
    /// How many bits there are.
    public let count: Int

    /// A bitmap over words; the caller has cleared the bits beyond `count`.
    @inlinable
    public init(words: Buffer<UInt64>, count: Int) {
        precondition(words.count == (count + 63) / 64)
        self.words = words
        self.count = count
    }

    /// `count` equal bits.
    public init(repeating bit: Bool, count: Int) {
        var builder = BitmapBuilder(capacity: count)
        builder.append(repeating: bit, count: count)
        self = builder.finish()
    }

    /// A bitmap of the values of an array; for tests.
    public init(_ bits: [Bool]) {
        var builder = BitmapBuilder(capacity: bits.count)
        for bit in bits { builder.append(bit) }
        self = builder.finish()
    }

    /// One bit. For loops over many rows take `view`.
    @inlinable
    public subscript(index: Int) -> Bool {
        precondition(index >= 0 && index < count)
        return words[index >> 6] & (1 << UInt64(index & 63)) != 0
    }

    /// How many bits are set. O(count / 64).
    public var setCount: Int {
        let span = words.span
        var total = 0
        for index in span.indices { total += span[index].nonzeroBitCount }
        return total
    }

    /// Whether every bit is set.
    public var allSet: Bool { setCount == count }

    /// The bits as an array; for tests and messages.
    public var array: [Bool] { (0..<count).map { self[$0] } }

    /// The bits that both have.
    public func and(_ other: Bitmap) -> Bitmap { combine(other) { $0 & $1 } }

    /// The bits that either has.
    public func or(_ other: Bitmap) -> Bitmap { combine(other) { $0 | $1 } }

    /// The bits that this one has and the other has not.
    public func andNot(_ other: Bitmap) -> Bitmap { combine(other) { $0 & ~$1 } }

    /// The bits that this one has not.
    public var inverted: Bitmap {
        let span = words.span
        var result = BufferBuilder<UInt64>(capacity: span.count)
        for index in span.indices {
            let used = count - index * 64
            let mask: UInt64 = used >= 64 ? .max : (1 << UInt64(used)) - 1
            result.append(~span[index] & mask)
        }
        return Bitmap(words: result.finish(), count: count)
    }

    @inline(__always)
    private func combine(_ other: Bitmap, _ operation: (UInt64, UInt64) -> UInt64) -> Bitmap {
        precondition(count == other.count)
        let (left, right) = (words.span, other.words.span)
        var result = BufferBuilder<UInt64>(capacity: left.count)
        for index in left.indices { result.append(operation(left[index], right[index])) }
        return Bitmap(words: result.finish(), count: count)
    }

    /// The positions of the set bits, ascending.
    public var setIndices: Buffer<Int32> {
        let span = words.span
        var result = BufferBuilder<Int32>(capacity: setCount)
        for index in span.indices {
            var word = span[index]
            while word != 0 {
                result.append(Int32(truncatingIfNeeded: index * 64 + word.trailingZeroBitCount))
                word &= word &- 1
            }
        }
        return result.finish()
    }

    /// The bits in `range`; shifted into place, so O(range.count / 64).
    public func slice(_ range: Range<Int>) -> Bitmap {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        var builder = BitmapBuilder(capacity: range.count)
        builder.append(contentsOf: self, range: range)
        return builder.finish()
    }
}

extension Bitmap {
    /// Both validities joined: a row is valid when it is valid in each. `nil` means "no nulls".
    public static func intersection(_ left: Bitmap?, _ right: Bitmap?) -> Bitmap? {
        guard let left else { return right }
        guard let right else { return left }
        return left.and(right)
    }
}
