// SPDX-License-Identifier: Apache-2.0

/// A typed column: a validity bitmap and typed memory, immutable, shared without copying.
///
/// The memory follows Arrow's columnar layout, so that it can be handed out by the Arrow C data interface.
/// Values of null rows are present but meaningless (zero or empty by convention).
public struct Column: Sendable {
    /// The type.
    public let type: DataType
    /// How many rows there are.
    public let count: Int
    /// Which rows are not NULL; `nil` when none is.
    public let validity: Bitmap?
    /// The values.
    public let storage: Storage

    /// The memory of a column, by physical layout.
    public indirect enum Storage: Sendable {
        /// VOID: no memory, all rows NULL.
        case none
        /// BOOLEAN.
        case bits(Bitmap)
        /// TINYINT.
        case int8(Buffer<Int8>)
        /// SMALLINT.
        case int16(Buffer<Int16>)
        /// INT, DATE, year-month interval.
        case int32(Buffer<Int32>)
        /// BIGINT, TIMESTAMP, TIMESTAMP_NTZ, day-time interval.
        case int64(Buffer<Int64>)
        /// DECIMAL of any precision, unscaled.
        case int128(Buffer<Int128>)
        /// FLOAT.
        case float(Buffer<Float>)
        /// DOUBLE.
        case double(Buffer<Double>)
        /// STRING, BINARY: row `i` is `bytes[offsets[i]..<offsets[i + 1]]`; there are `count + 1` offsets, the first may be above 0.
        case bytes(offsets: Buffer<Int32>, bytes: Buffer<UInt8>)
        /// STRING, BINARY: row `i` is `values[codes[i]]`; values hold no null; codes of null rows are 0 or any valid code.
        case dictionary(codes: Buffer<Int32>, values: Column)
        /// STRUCT: one column per field, each as long as this one.
        case fields([Column])
        /// ARRAY: row `i` is `element[offsets[i]..<offsets[i + 1]]`.
        case list(offsets: Buffer<Int32>, element: Column)
        /// MAP: row `i` is the entries `offsets[i]..<offsets[i + 1]`.
        case map(offsets: Buffer<Int32>, keys: Column, values: Column)
    }

    /// A column over finished memory. Lengths are checked; that the storage fits the type is the caller's duty.
    public init(_ type: DataType, count: Int, validity: Bitmap?, storage: Storage) {
        precondition(validity.map { $0.count == count } ?? true)
        precondition(Self.length(of: storage).map { $0 == count } ?? true)
        self.type = type
        self.count = count
        self.validity = validity
        self.storage = storage
    }

    private static func length(of storage: Storage) -> Int? {
        switch storage {
        case .none: nil
        case .bits(let bits): bits.count
        case .int8(let values): values.count
        case .int16(let values): values.count
        case .int32(let values): values.count
        case .int64(let values): values.count
        case .int128(let values): values.count
        case .float(let values): values.count
        case .double(let values): values.count
        case .bytes(let offsets, _), .list(let offsets, _), .map(let offsets, _, _): offsets.count - 1
        case .dictionary(let codes, _): codes.count
        case .fields(let columns): columns.first?.count
        }
    }

    /// Whether a row is NULL. For loops over many rows use `validity`.
    public func isNull(_ row: Int) -> Bool {
        if case .none = storage { return true }
        return validity.map { !$0[row] } ?? false
    }

    /// How many rows are NULL. O(rows / 64).
    public var nullCount: Int {
        if case .none = storage { return count }
        return validity.map { count - $0.setCount } ?? 0
    }

    /// The same memory seen as another type of the same layout, for example BIGINT as TIMESTAMP. O(1).
    public func retyped(_ type: DataType) -> Column {
        Column(type, count: count, validity: validity, storage: storage)
    }

    /// The same values with another validity. O(1).
    public func withValidity(_ validity: Bitmap?) -> Column {
        Column(type, count: count, validity: validity, storage: storage)
    }
}
