// SPDX-License-Identifier: Apache-2.0

/// What a finished file holds.
public struct ParquetFileSummary: Sendable {
    /// The length of the file.
    public let byteCount: Int
    /// How many rows it has.
    public let rowCount: Int
    /// How many row groups it has.
    public let rowGroupCount: Int
    /// The leaf columns, in schema order.
    public let columns: [ParquetColumnStatistics]
}
