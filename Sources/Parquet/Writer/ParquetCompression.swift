// SPDX-License-Identifier: Apache-2.0

/// How the pages of a file are compressed.
public enum ParquetCompression: Hashable, Sendable {
    case none
    case snappy
    /// Zstandard; levels 1 (fast) to 22 (small).
    case zstd(level: Int)
}
