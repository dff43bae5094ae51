// SPDX-License-Identifier: Apache-2.0

/// Appends bits and hands them over as a `Bitmap`.
public struct BitmapBuilder: ~Copyable {
    @usableFromInline var words: BufferBuilder<UInt64>
    @usableFromInline var current: UInt64 = 0
    /// How many bits have been appended.
    @inlinable public var count: Int { bitCount }
    /// How many of them are set.
    @inlinable public var setCount: Int { ones }
    @usableFromInline var bitCount = 0
    @usableFromInline var ones = 0

    /// An empty builder with room for `capacity` bits.
    @inlinable
    public init(capacity: Int = 0) { words = BufferBuilder(capacity: (capacity + 63) / 64) }

    /// Appends one bit. Amortised O(1).
    @inlinable
    public mutating func append(_ bit: Bool) {
        let value: UInt64 = bit ? 1 : 0
        current |= value << UInt64(count & 63)
        ones += Int(value)
        bitCount += 1
        if count & 63 == 0 { flush() }
    }

    @inlinable
    mutating func flush() {
        words.append(current)
        current = 0
    }

    /// Appends `additional` equal bits.
    public mutating func append(repeating bit: Bool, count additional: Int) {
        var left = additional
        while left > 0 && count & 63 != 0 {
            append(bit)
            left -= 1
        }
        let whole = left / 64
        words.append(repeating: bit ? .max : 0, count: whole)
        bitCount += whole * 64
        if bit { ones += whole * 64 }
        for _ in 0..<(left - whole * 64) { append(bit) }
    }

    /// Appends the bits of `range` of another bitmap, up to 64 at a time.
    public mutating func append(contentsOf other: Bitmap, range: Range<Int>) {
        let source = other.words.span
        var position = range.lowerBound
        while position < range.upperBound {
            let length = min(64, range.upperBound - position)
            let shift = UInt64(position & 63)
            var word = source[position >> 6] >> shift
            if shift != 0 && (position >> 6) + 1 < source.count { word |= source[(position >> 6) + 1] << (64 - shift) }
            if length < 64 { word &= (1 << UInt64(length)) - 1 }
            append(word: word, length: length)
            position += length
        }
    }

    /// Appends the low `length` (1 to 64) bits of `word`, whose other bits are zero.
    @inlinable
    public mutating func append(word: UInt64, length: Int) {
        let used = count & 63
        current |= word << UInt64(used)
        bitCount += length
        ones += word.nonzeroBitCount
        guard used + length >= 64 else { return }
        words.append(current)
        current = used == 0 ? 0 : word >> UInt64(64 - used)
    }

    /// Appends all bits of another bitmap.
    public mutating func append(contentsOf other: Bitmap) { append(contentsOf: other, range: 0..<other.count) }

    /// Hands the bits over.
    public consuming func finish() -> Bitmap {
        let bits = count
        if bits & 63 != 0 { words.append(current) }
        return Bitmap(words: words.finish(), count: bits)
    }

    /// Hands the bits over as a validity: `nil` when every bit is set.
    public consuming func finishValidity() -> Bitmap? {
        setCount == count ? nil : finish()
    }
}
