// SPDX-License-Identifier: Apache-2.0

/// A hash of one value on top of a seed: how Spark chains the columns and members of a row.
protocol RowHash {
    associatedtype Hash: FixedWidthInteger & BitwiseCopyable & Sendable

    /// The hash of 32 bits.
    static func hash(_ value: Int32, seed: Hash) -> Hash
    /// The hash of 64 bits.
    static func hash(_ value: Int64, seed: Hash) -> Hash
    /// The hash of bytes.
    static func hash(_ bytes: Span<UInt8>, seed: Hash) -> Hash
}

/// 32-bit MurmurHash3 for x86 by Austin Appleby, with Spark's own treatment of the last bytes: each is mixed as a word of
/// its own, sign-extended.
enum Murmur3: RowHash {
    static func hash(_ value: Int32, seed: Int32) -> Int32 {
        finish(mixed(UInt32(bitPattern: seed), UInt32(bitPattern: value)), length: 4)
    }

    static func hash(_ value: Int64, seed: Int32) -> Int32 {
        let low = mixed(UInt32(bitPattern: seed), UInt32(truncatingIfNeeded: value))
        return finish(mixed(low, UInt32(truncatingIfNeeded: value >> 32)), length: 8)
    }

    static func hash(_ bytes: Span<UInt8>, seed: Int32) -> Int32 {
        var hash = UInt32(bitPattern: seed)
        let aligned = bytes.count & ~3
        var position = 0
        while position < aligned {
            let word =
                UInt32(bytes[position]) | UInt32(bytes[position + 1]) << 8 | UInt32(bytes[position + 2]) << 16
                | UInt32(bytes[position + 3]) << 24
            hash = mixed(hash, word)
            position += 4
        }
        while position < bytes.count {
            hash = mixed(hash, UInt32(bitPattern: Int32(Int8(bitPattern: bytes[position]))))
            position += 1
        }
        return finish(hash, length: UInt32(bytes.count))
    }

    @inline(__always)
    private static func mixed(_ hash: UInt32, _ word: UInt32) -> UInt32 {
        let scrambled = rotated(word &* 0xCC9E_2D51, 15) &* 0x1B87_3593
        return rotated(hash ^ scrambled, 13) &* 5 &+ 0xE654_6B64
    }

    @inline(__always)
    private static func finish(_ hash: UInt32, length: UInt32) -> Int32 {
        var hash = hash ^ length
        hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
        hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
        return Int32(bitPattern: hash ^ hash >> 16)
    }

    @inline(__always)
    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
}
