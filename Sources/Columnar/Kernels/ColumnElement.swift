// SPDX-License-Identifier: Apache-2.0

/// A fixed-width value that columns hold: ties a Swift type to its case of `Column.Storage`, once per batch.
public protocol ColumnElement: BitwiseCopyable, Sendable {
    /// The values of a storage of this element; `nil` when it holds something else.
    static func values(of storage: Column.Storage) -> Buffer<Self>?
    /// The storage of a buffer of these values.
    static func storage(_ values: Buffer<Self>) -> Column.Storage
    /// What rows without a value hold.
    static var zero: Self { get }
}

extension Int8: ColumnElement {
    /// The values of TINYINT memory.
    public static func values(of storage: Column.Storage) -> Buffer<Int8>? {
        if case .int8(let values) = storage { values } else { nil }
    }
    /// TINYINT memory.
    public static func storage(_ values: Buffer<Int8>) -> Column.Storage { .int8(values) }
}

extension Int16: ColumnElement {
    /// The values of SMALLINT memory.
    public static func values(of storage: Column.Storage) -> Buffer<Int16>? {
        if case .int16(let values) = storage { values } else { nil }
    }
    /// SMALLINT memory.
    public static func storage(_ values: Buffer<Int16>) -> Column.Storage { .int16(values) }
}

extension Int32: ColumnElement {
    /// The values of INT, DATE and month memory.
    public static func values(of storage: Column.Storage) -> Buffer<Int32>? {
        if case .int32(let values) = storage { values } else { nil }
    }
    /// INT, DATE and month memory.
    public static func storage(_ values: Buffer<Int32>) -> Column.Storage { .int32(values) }
}

extension Int64: ColumnElement {
    /// The values of BIGINT, TIMESTAMP and duration memory.
    public static func values(of storage: Column.Storage) -> Buffer<Int64>? {
        if case .int64(let values) = storage { values } else { nil }
    }
    /// BIGINT, TIMESTAMP and duration memory.
    public static func storage(_ values: Buffer<Int64>) -> Column.Storage { .int64(values) }
}

extension Int128: ColumnElement {
    /// The values of DECIMAL memory.
    public static func values(of storage: Column.Storage) -> Buffer<Int128>? {
        if case .int128(let values) = storage { values } else { nil }
    }
    /// DECIMAL memory.
    public static func storage(_ values: Buffer<Int128>) -> Column.Storage { .int128(values) }
}

extension Float: ColumnElement {
    /// The values of FLOAT memory.
    public static func values(of storage: Column.Storage) -> Buffer<Float>? {
        if case .float(let values) = storage { values } else { nil }
    }
    /// FLOAT memory.
    public static func storage(_ values: Buffer<Float>) -> Column.Storage { .float(values) }
}

extension Double: ColumnElement {
    /// The values of DOUBLE memory.
    public static func values(of storage: Column.Storage) -> Buffer<Double>? {
        if case .double(let values) = storage { values } else { nil }
    }
    /// DOUBLE memory.
    public static func storage(_ values: Buffer<Double>) -> Column.Storage { .double(values) }
}

extension Column {
    /// The fixed-width values; that the type has this layout is the caller's duty.
    public func elements<Element: ColumnElement>(_: Element.Type = Element.self) -> Buffer<Element> {
        guard let values = Element.values(of: storage) else {
            preconditionFailure("a column of \(type) does not hold \(Element.self)")
        }
        return values
    }

    /// A column over fixed-width values of a type of their layout.
    public init<Element: ColumnElement>(_ type: DataType, _ values: Buffer<Element>, validity: Bitmap? = nil) {
        self.init(type, count: values.count, validity: validity, storage: Element.storage(values))
    }

    /// The bits of a BOOLEAN column.
    public var bits: Bitmap {
        guard case .bits(let bits) = storage else { preconditionFailure("a column of \(type) does not hold bits") }
        return bits
    }

    /// `count` rows of NULL.
    public init(nulls type: DataType, count: Int) {
        self = Column(type, repeating: .null, count: count)
    }
}
