// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Which columns have pages that hardly get smaller when they are compressed: the files of a table have that in common.
///
/// After a page that keeps more than seven eighths of its size, the next ones of its column and kind get little of the compressor's time;
/// then one gets all of it again, so that a column that changes is noticed. RocksDB has the same bound for its blocks
/// (`max_compressed_bytes_per_kb`).
public final class CompressionHistory: Sendable {
    /// Pages that have much in common.
    struct Kind: Hashable {
        var column: [String]
        var isDictionary: Bool
    }

    /// How many pages of a kind are still to come before the next trial.
    private let untried = Mutex<[Kind: Int]>([:])

    /// So many pages get little time after one that was not worth it.
    static let pagesBetweenTrials = 15

    /// Nothing known yet.
    public init() {}

    /// Whether the next page of a kind may shrink.
    func isPromising(_ kind: Kind) -> Bool {
        untried.withLock { untried in
            guard let pages = untried[kind] else { return true }
            untried[kind] = pages > 1 ? pages - 1 : nil
            return false
        }
    }

    /// Notes what a page that was promising came to.
    func note(_ kind: Kind, byteCount: Int, compressedByteCount: Int) {
        guard compressedByteCount > byteCount / 8 * 7 else { return }
        untried.withLock { $0[kind] = Self.pagesBetweenTrials }
    }
}
