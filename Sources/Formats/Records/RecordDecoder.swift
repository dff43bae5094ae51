// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
public import StreamCore

/// Decodes whole batches of records into columns of a declared schema; a record that cannot be decoded costs only itself.
///
/// - JSON: one object a record, or an array of objects that gives several rows. Strict RFC 8259, checked also where
///   nothing is kept. Names match exactly, as in Spark; the last of a repeated name wins; a missing field is NULL.
///   Integers take only whole numbers in plain digits. DECIMAL takes numbers and numeric text, rounded half up to its
///   scale. FLOAT and DOUBLE take also `NaN`, `Infinity` and `INF` with a sign, with or without quotes. STRING takes the
///   JSON text of anything that is no string. TIMESTAMP takes ISO 8601 with `T` or a blank, a missing zone being UTC, or
///   a number in the declared unit; DATE `YYYY-MM-DD`; BINARY base64.
/// - CSV: the same texts, blanks around values that are no STRING ignored; an unquoted `nullValue` is NULL; the number of
///   fields must be the number of columns.
/// - Text and raw: the record is the only column; text must be UTF-8.
/// - Strings of low cardinality come out as dictionaries, whose values stay the same from batch to batch.
/// - Cost: one crossing into C++ a batch. A decoder reuses its memory: keep it. Used by one task at a time.
public final class RecordDecoder: @unchecked Sendable {
    /// The declared columns, and `_rescued` when unknown fields are rescued and the declaration lacks it.
    public let schema: Schema
    /// How records are read.
    public let format: RecordFormat
    private let native: NativeDecoder

    /// The name of the column that takes unknown fields as one JSON object.
    public static let rescuedName = "_rescued"

    /// A decoder for a format and schema.
    ///
    /// - Throws: `unsupported` for types that the format cannot hold, `schemaMismatch` when text or raw records have other than one column.
    public init(
        format: RecordFormat, schema declared: Schema, unknownFields: SourceDeclaration.UnknownFields = .ignore
    ) throws(PipelineError) {
        var schema = declared
        var rescuedChild: Int?
        if unknownFields == .rescue, case .json = format {
            rescuedChild = declared.fields.firstIndex { $0.name == Self.rescuedName && $0.type == .string }
            if rescuedChild == nil {
                schema.fields.append(Field(Self.rescuedName, .string))
                rescuedChild = declared.count
            }
        }
        self.format = format
        self.schema = schema
        try DecoderSchemaCheck(format: format).check(schema)
        native = NativeDecoder(
            format: format, schema: schema, unknownFields: unknownFields, rescuedChild: rescuedChild)
    }

    /// CSV: says which declared column each field of a record fills, by a header's names; others are ignored.
    ///
    /// - Throws: `schemaMismatch` naming the declared columns that the header lacks.
    public func useHeader(_ names: [String]) throws(PipelineError) {
        let missing = schema.fields.filter { !names.contains($0.name) }.map { "'\($0.name)'" }
        guard missing.isEmpty else {
            throw PipelineError(
                .schemaMismatch, "the header has no column \(missing.joined(separator: ", "))",
                hint: "The header names \(names.map { "'\($0)'" }.joined(separator: ", "))")
        }
        native.setColumns(names.map { name in schema.fields.firstIndex { $0.name == name } })
    }

    /// Decodes a batch; rows are in the order of their records.
    ///
    /// - Throws: `memoryExceeded` when there is no memory for the columns.
    public func decode(_ records: RawRecords) throws(PipelineError) -> DecodedRecords {
        try native.decode(records, schema: schema)
    }

    /// The unknown fields seen so far, by path, when `unknownFields` is `evolve`; at most 1000.
    public var unknownFieldNames: [String] { native.unknownFieldNames }
}

/// What a batch of records decoded to.
public struct DecodedRecords: Sendable {
    /// The rows.
    public let rows: ColumnBatch
    /// For each row, the position of its record.
    public let recordIndices: Buffer<Int32>
    /// The records that are no rows, in order.
    public let malformed: [MalformedRecord]
}
