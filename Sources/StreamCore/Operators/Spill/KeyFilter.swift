// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Says of hashes which are surely not in a set: a split block Bloom filter.
///
/// - Cost: about 10 bits per member, one cache line per question. About one in a hundred hashes that are no members seem to be.
///
/// Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", ACM JEA 14, 2009; blocks and salts as in Parquet's
/// "Bloom Filter" specification.
struct KeyFilter: Sendable {
    private let words: Buffer<UInt32>

    private static let wordsPerBlock = 8
    private static let salts: InlineArray<8, UInt32> = [
        0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31,
    ]

    /// How many bytes a filter of so many hashes takes.
    static func byteCount(hashes: Int) -> Int { blocks(hashes: hashes) * wordsPerBlock * 4 }

    private static func blocks(hashes: Int) -> Int { max(1, (hashes * 10 + 255) / 256) }

    /// The filter of some hashes.
    init(_ hashes: Span<Int64>) {
        let blocks = Self.blocks(hashes: hashes.count)
        var words = BufferBuilder<UInt32>(capacity: blocks * Self.wordsPerBlock)
        words.append(repeating: 0, count: blocks * Self.wordsPerBlock)
        var bits = words.mutableSpan
        for row in hashes.indices {
            let (block, key) = Self.place(hashes[row], blocks)
            for word in 0..<Self.wordsPerBlock { bits[block + word] |= Self.bit(key, word) }
        }
        self.words = words.finish()
    }

    /// How many bytes it takes.
    var byteCount: Int { words.count * 4 }

    /// Those of the hashes that may be members.
    func passing(_ hashes: Span<Int64>) -> Buffer<Int64> {
        let (blocks, bits) = (words.count / Self.wordsPerBlock, words.span)
        var result = BufferBuilder<Int64>()
        for row in hashes.indices {
            let (block, key) = Self.place(hashes[row], blocks)
            var missing: UInt32 = 0
            for word in 0..<Self.wordsPerBlock { missing |= ~bits[block + word] & Self.bit(key, word) }
            if missing == 0 { result.append(hashes[row]) }
        }
        return result.finish()
    }

    /// The first word of a hash's block, and what its bits are made of. The highest bits are multiplied away, since the keys of a
    /// shard share them.
    @inline(__always)
    private static func place(_ hash: Int64, _ blocks: Int) -> (block: Int, key: UInt32) {
        let mixed = UInt64(bitPattern: hash) &* 0x9e37_79b9_7f4a_7c15
        return (Int(((mixed >> 32) &* UInt64(blocks)) >> 32) * wordsPerBlock, UInt32(truncatingIfNeeded: hash))
    }

    @inline(__always)
    private static func bit(_ key: UInt32, _ word: Int) -> UInt32 { 1 << ((key &* salts[word]) >> 27) }
}
