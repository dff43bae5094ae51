// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A column chunk after its pages were taken apart: levels, and values that are still encoded.
struct ChunkContent {
    /// The encoded values of one page.
    struct ValueRun {
        var encoding: ParquetEncoding
        /// Decompressed.
        var bytes: Buffer<UInt8>
        /// How many values there are; nulls are not among them.
        var count: Int
    }

    /// Definition levels, one a value or null; `nil` when the leaf and all above it are required.
    var definitions: Buffer<UInt8>?
    /// Repetition levels; `nil` when nothing above the leaf is repeated.
    var repetitions: Buffer<UInt8>?
    /// How many values and nulls there are.
    var entryCount = 0
    var runs: [ValueRun] = []
    /// The values that codes stand for, PLAIN.
    var dictionary: ValueRun?

    /// How many values there are, without nulls.
    var valueCount: Int { runs.reduce(0) { $0 + $1.count } }
}
