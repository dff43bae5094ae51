// SPDX-License-Identifier: Apache-2.0

/// How a Parquet file is laid out. The defaults suit tables that Spark, DuckDB, Polars and pyarrow read.
public struct ParquetWriterOptions: Sendable {
    /// How pages are compressed.
    public var compression = ParquetCompression.zstd(level: 1)
    /// What earlier files showed of their columns; files of one table may share it.
    public var compressionHistory = CompressionHistory()
    /// A data page ends when its values need about so many bytes before compression.
    public var pageBytes = 1 << 20
    /// A data page ends after so many rows at the latest.
    public var pageRows = 65_536
    /// A row group ends when its encoded pages need so many bytes; until then they are held in memory.
    public var rowGroupBytes = 128 << 20
    /// A row group ends after so many rows at the latest.
    public var rowGroupRows = 1 << 20
    /// Whether pages of numbers are compressed too, once they are encoded.
    public var compressesNumbers = true
    /// A column chunk of texts stops adding to its dictionary at so many bytes.
    public var dictionaryBytes = 1 << 20
    /// A column chunk of numbers stops adding to its dictionary at so many bytes.
    public var numberDictionaryBytes = 1 << 20
    /// Pairs kept in the footer, in order.
    public var keyValueMetadata: [(key: String, value: String)] = []
    /// Columns of which every value is that of an earlier column, by position, with that column's. Both are of one fixed-width type
    /// and nullability; the file holds the values once, and both columns name their place.
    public var equalColumns: [Int: Int] = [:]
    /// Field ids by path of names from the root, with `list.element`, `key_value.key` and `key_value.value` below arrays
    /// and maps: what column mapping and Iceberg ask for.
    public var fieldIDs: [[String]: Int32] = [:]
    /// The program that the footer names.
    public var createdBy = "millrace version 0.1.0"

    /// The defaults.
    public init() {}
}
