// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The highest bits of a key's hash, by which spilled rows are ordered. Key groups are ranges of prefixes.
enum HashPrefix {
    static let bits = 22
    /// How many there are.
    static let count: UInt32 = 1 << UInt32(bits)
    private static let halfBits = UInt32(bits / 2)

    /// The prefix of a hash.
    @inline(__always)
    static func of(_ hash: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: UInt64(bitPattern: hash) >> UInt64(64 - bits))
    }

    /// The prefixes of some key groups.
    static func range(ofGroups groups: Range<Int>) -> Range<UInt32> {
        let width = count / UInt32(KeyGroups.count)
        return (UInt32(groups.lowerBound) * width)..<(UInt32(groups.upperBound) * width)
    }

    /// The rows of some hashes in the order of their prefixes; rows of one prefix stay in their order. Two counting passes.
    static func order(of hashes: Span<Int64>) -> Buffer<Int32> {
        let half = Int(1 << halfBits)
        var (low, high) = ([Int32](repeating: 0, count: half + 1), [Int32](repeating: 0, count: half + 1))
        for row in hashes.indices {
            let prefix = of(hashes[row])
            low[Int(prefix & UInt32(half - 1)) + 1] += 1
            high[Int(prefix >> halfBits) + 1] += 1
        }
        for index in 1...half {
            low[index] += low[index - 1]
            high[index] += high[index - 1]
        }
        var once = BufferBuilder<Int32>()
        once.grow(to: hashes.count, with: 0)
        for row in hashes.indices {
            let digit = Int(of(hashes[row]) & UInt32(half - 1))
            once[Int(low[digit])] = Int32(truncatingIfNeeded: row)
            low[digit] += 1
        }
        var twice = BufferBuilder<Int32>()
        twice.grow(to: hashes.count, with: 0)
        for position in 0..<once.count {
            let row = once[position]
            let digit = Int(of(hashes[Int(row)]) >> halfBits)
            twice[Int(high[digit])] = row
            high[digit] += 1
        }
        return twice.finish()
    }

    /// Cuts a range into about `parts` equal ones.
    static func ranges(_ range: Range<UInt32>, parts: Int) -> [Range<UInt32>] {
        guard !range.isEmpty else { return [] }
        let width = max(1, (range.count + max(1, parts) - 1) / max(1, parts))
        return stride(from: range.lowerBound, to: range.upperBound, by: width).map {
            $0..<UInt32(min(Int(range.upperBound), Int($0) + width))
        }
    }
}
