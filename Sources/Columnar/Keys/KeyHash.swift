// SPDX-License-Identifier: Apache-2.0

/// A 64-bit hash of bytes by folded multiplication of 64-bit words; every bit of it depends on every byte.
///
/// Part of the format of state: it must never change. Not for use against adversaries.
public enum KeyHash {
    @usableFromInline static let first: UInt64 = 0xA076_1D64_78BD_642F
    @usableFromInline static let second: UInt64 = 0xE703_7ED1_A0B4_28DB

    /// The hash of a run of bytes.
    @inlinable
    public static func hash(_ bytes: Span<UInt8>) -> Int64 {
        // SAFETY: the pointer and the count are those of the span, which outlives the call.
        unsafe bytes.withUnsafeBytes { memory in
            guard let base = memory.baseAddress else { return hashEmpty }
            return unsafe hash(base, memory.count)
        }
    }

    /// The hash of no bytes.
    @inlinable
    static var hashEmpty: Int64 { Int64(bitPattern: fold(second, fold(first, second))) }

    /// Mixes a number into a hash.
    @inlinable @inline(__always)
    public static func combine(_ hash: Int64, _ number: Int64) -> Int64 {
        Int64(bitPattern: fold(UInt64(bitPattern: hash) ^ second, UInt64(bitPattern: number) ^ first))
    }

    @inlinable @inline(__always)
    static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }

    @unsafe @inlinable @inline(__always)
    static func hash(_ base: UnsafeRawPointer, _ count: Int) -> Int64 {
        var one: UInt64 = 0
        var other: UInt64 = 0
        var seed = second
        if count <= 16 {
            if count >= 8 {
                // SAFETY: both words lie inside the count >= 8 bytes.
                unsafe (one, other) = (word(base), word(base + (count - 8)))
            } else if count >= 4 {
                // SAFETY: both half words lie inside the count >= 4 bytes.
                unsafe (one, other) = (halfWord(base), halfWord(base + (count - 4)))
            } else if count > 0 {
                // SAFETY: the three positions lie inside the count > 0 bytes.
                unsafe one =
                    UInt64(base.load(as: UInt8.self)) << 16
                    | UInt64(base.load(fromByteOffset: count >> 1, as: UInt8.self)) << 8
                    | UInt64(base.load(fromByteOffset: count - 1, as: UInt8.self))
            }
        } else {
            var position = 0
            while count - position > 16 {
                // SAFETY: more than 16 bytes follow position.
                unsafe seed = fold(word(base + position) ^ first, word(base + (position + 8)) ^ seed)
                position += 16
            }
            // SAFETY: count > 16, so the last 16 bytes lie inside.
            unsafe (one, other) = (word(base + (count - 16)), word(base + (count - 8)))
        }
        return Int64(bitPattern: fold(second ^ UInt64(count), fold(one ^ first, other ^ seed)))
    }

    @unsafe @inlinable @inline(__always)
    static func word(_ base: UnsafeRawPointer) -> UInt64 {
        // SAFETY: the caller has eight bytes there; no alignment is needed.
        unsafe base.loadUnaligned(as: UInt64.self).littleEndian
    }

    @unsafe @inlinable @inline(__always)
    static func halfWord(_ base: UnsafeRawPointer) -> UInt64 {
        // SAFETY: the caller has four bytes there; no alignment is needed.
        unsafe UInt64(base.loadUnaligned(as: UInt32.self).littleEndian)
    }
}
