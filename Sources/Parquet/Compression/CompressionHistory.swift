// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How much of a compressor's time a page gets.
enum CompressionEffort {
    case full
    /// For pages that shrink a little.
    case little
    /// For pages that hardly shrink.
    case least
}

/// Which columns have pages that hardly get smaller when they are compressed: the files of a table have that in common.
///
/// After a page that keeps more than three quarters of its size, or seven eighths, the next ones of its column and kind get less of the
/// compressor's time; then one gets all of it again, so that a column that changes is noticed. RocksDB has the second bound for its blocks
/// (`max_compressed_bytes_per_kb`).
public final class CompressionHistory: Sendable {
    /// Pages that have much in common.
    struct Kind: Hashable {
        var column: [String]
        var isDictionary: Bool
    }

    private struct Rest {
        var effort: CompressionEffort
        /// How many pages are still to come before the next trial.
        var pages: Int
    }

    private let untried = Mutex<[Kind: Rest]>([:])

    /// So many pages get less time after one that was not worth it.
    static let pagesBetweenTrials = 15

    /// Nothing known yet.
    public init() {}

    /// What the next page of a kind gets.
    func effort(for kind: Kind) -> CompressionEffort {
        untried.withLock { untried in
            guard let rest = untried[kind] else { return .full }
            untried[kind] = rest.pages > 1 ? Rest(effort: rest.effort, pages: rest.pages - 1) : nil
            return rest.effort
        }
    }

    /// Notes what full effort made of a page.
    func note(_ kind: Kind, byteCount: Int, compressedByteCount: Int) {
        guard compressedByteCount > byteCount / 4 * 3 else { return }
        let effort = compressedByteCount > byteCount / 8 * 7 ? CompressionEffort.least : .little
        untried.withLock { $0[kind] = Rest(effort: effort, pages: Self.pagesBetweenTrials) }
    }
}
