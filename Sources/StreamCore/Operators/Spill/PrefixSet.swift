// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A set of prefixes of hashes, to be asked about ranges of them.
struct PrefixSet {
    private let sorted: [UInt32]

    /// The prefixes of some hashes.
    init(_ hashes: Span<Int64>) {
        var prefixes: [UInt32] = []
        prefixes.reserveCapacity(hashes.count)
        for row in hashes.indices { prefixes.append(HashPrefix.of(hashes[row])) }
        prefixes.sort()
        sorted = prefixes
    }

    /// From the least to the greatest member.
    var range: Range<UInt32> {
        guard let first = sorted.first, let last = sorted.last else { return 0..<0 }
        return first..<(last + 1)
    }

    /// Whether a member lies in a range.
    func hasAny(in range: ClosedRange<UInt32>) -> Bool {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] <= range.upperBound
    }
}
