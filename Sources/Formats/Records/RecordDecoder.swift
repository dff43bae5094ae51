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
    /// The declared columns, and `_rescued` when unknown fields are rescued or observed and the declaration lacks it.
    public let schema: Schema
    /// How records are read.
    public let format: RecordFormat
    private let native: NativeDecoder
    private let rescuedChild: Int?
    private let observer: UnknownFieldObserver?
    private let mayGrow: Bool

    /// The name of the column that takes unknown fields as one JSON object.
    public static let rescuedName = "_rescued"

    /// A decoder for a format and schema.
    ///
    /// - Throws: `unsupported` for types that the format cannot hold, `schemaMismatch` when text or raw records have other than one column.
    public init(
        format: RecordFormat, schema declared: Schema, unknownFields: SourceDeclaration.UnknownFields = .ignore,
        observer: UnknownFieldObserver? = nil
    ) throws(PipelineError) {
        var schema = declared
        var rescuedChild: Int?
        if unknownFields == .rescue || unknownFields == .evolve, Self.namesFields(format) {
            rescuedChild = declared.fields.firstIndex { $0.name == Self.rescuedName && $0.type == .string }
            if rescuedChild == nil {
                schema.fields.append(Field(Self.rescuedName, .string))
                rescuedChild = declared.count
            }
        }
        self.format = format
        self.schema = schema
        self.rescuedChild = rescuedChild
        mayGrow = unknownFields == .evolve
        self.observer = unknownFields == .evolve ? observer : nil
        try DecoderSchemaCheck(format: format).check(schema)
        native = NativeDecoder(
            format: format, schema: schema, unknownFields: unknownFields, rescuedChild: rescuedChild)
    }

    /// CSV: says which declared column each field of a record fills, by a header's names; others are unknown fields.
    ///
    /// - Throws: `schemaMismatch` naming the declared columns that the header lacks.
    public func useHeader(_ names: [String]) throws(PipelineError) {
        let missing = schema.fields.indices.filter { !isOptional($0) && !names.contains(schema.fields[$0].name) }
        guard missing.isEmpty else {
            let shown = missing.map { "'\(schema.fields[$0].name)'" }.joined(separator: ", ")
            throw PipelineError(
                .schemaMismatch, "the header has no column \(shown)",
                hint: "The header names \(names.map { "'\($0)'" }.joined(separator: ", "))")
        }
        let children = names.map { name in
            schema.fields.indices.first { schema.fields[$0].name == name && $0 != rescuedChild }
        }
        native.setColumns(children, names: names)
    }

    /// Whether a header may lack a column: the one for unknown fields, and those that were found after it.
    private func isOptional(_ index: Int) -> Bool {
        guard let rescuedChild else { return false }
        return index == rescuedChild || mayGrow && index > rescuedChild
    }

    private static func namesFields(_ format: RecordFormat) -> Bool {
        switch format {
        case .json: true
        case .csv(let csv): csv.header
        case .text, .raw, .native: false
        }
    }

    /// Decodes a batch; rows are in the order of their records.
    ///
    /// - Throws: `memoryExceeded` when there is no memory for the columns; `schemaGrew` from the observer.
    public func decode(_ records: RawRecords) throws(PipelineError) -> DecodedRecords {
        let decoded = try native.decode(records, schema: schema)
        if let observer, let rescuedChild {
            let rescued = decoded.rows.columns[rescuedChild]
            if rescued.nullCount < rescued.count { try observer(rescued) }
        }
        return decoded
    }
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
