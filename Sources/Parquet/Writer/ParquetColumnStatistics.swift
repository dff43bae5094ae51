// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// What a written file holds in one leaf column.
public struct ParquetColumnStatistics: Sendable {
    /// The names from the root, with `list.element`, `key_value.key` and `key_value.value` below arrays and maps.
    public let path: [String]
    /// The type of the leaf.
    public let type: DataType
    /// Whether the leaf lies below an array or a map, so that it has not one value a row.
    public let isRepeated: Bool
    /// Values and nulls together, those that a NULL or empty parent stands for included.
    public let valueCount: Int
    /// How many of them are NULL.
    public let nullCount: Int
    /// The least value, or a lower bound; `nil` when there is no value, a NaN, or no order.
    public let minimum: Value?
    /// The greatest value, or an upper bound; `nil` as for `minimum`.
    public let maximum: Value?
    /// Whether the bounds are values of the column. They are not when long strings were cut.
    public let isMinimumExact: Bool
    /// As `isMinimumExact`, for `maximum`.
    public let isMaximumExact: Bool
    /// Bytes of the column's pages in the file.
    public let compressedByteCount: Int
}
