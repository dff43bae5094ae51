// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// A source as the pipeline file declares it.
public struct SourceDeclaration: Sendable {
    /// The name.
    public var name: String
    /// Where the records are.
    public var connector: SourceConnector
    /// How their bytes are read.
    public var format: RecordFormat
    /// The declared columns.
    public var schema: Schema
    /// The metadata columns (`_offset`, `_file_path`, …) that some SQL names; given after the declared ones.
    public var metadataColumns: [Field]
    /// What happens to fields that the schema lacks.
    public var unknownFields: UnknownFields
    /// What happens to records that cannot be decoded.
    public var onMalformed: MalformedAction
    /// What its rows must be.
    public var expectations: [Expectation]
    /// Event time and how late it may be.
    public var watermark: WatermarkDeclaration?
    /// Bounds of an epoch for this source alone.
    public var limits: EpochLimits
    /// Hears of the fields that `unknownFields: "evolve"` found; nobody does while samples are taken.
    public var unknownFieldObserver: UnknownFieldObserver?

    /// What happens to fields that the schema lacks.
    public enum UnknownFields: String, Sendable, CaseIterable { case ignore, rescue, evolve, reject }
    /// What happens to records that cannot be decoded.
    public enum MalformedAction: String, Sendable, CaseIterable { case deadLetter, drop, fail }

    /// A source.
    public init(
        name: String, connector: SourceConnector, format: RecordFormat, schema: Schema, metadataColumns: [Field] = [],
        unknownFields: UnknownFields = .ignore, onMalformed: MalformedAction = .deadLetter,
        expectations: [Expectation] = [], watermark: WatermarkDeclaration? = nil, limits: EpochLimits = EpochLimits()
    ) {
        self.name = name
        self.connector = connector
        self.format = format
        self.schema = schema
        self.metadataColumns = metadataColumns
        self.unknownFields = unknownFields
        self.onMalformed = onMalformed
        self.expectations = expectations
        self.watermark = watermark
        self.limits = limits
    }
}

/// Is given the column `_rescued` of a batch in which some row has unknown fields.
///
/// - Throws: `schemaGrew` when some of them become columns: the batch must then not be used.
public typealias UnknownFieldObserver = @Sendable (Column) throws(PipelineError) -> Void

/// Event time of a source.
public struct WatermarkDeclaration: Hashable, Sendable {
    /// The TIMESTAMP column.
    public var column: String
    /// How far behind the maximum the watermark stays, µs.
    public var delayMicros: Int64
    /// After how long at its end a partition stops holding the watermark, µs; `nil` never.
    public var idleAfterMicros: Int64?

    /// A watermark declaration.
    public init(column: String, delayMicros: Int64, idleAfterMicros: Int64? = nil) {
        self.column = column
        self.delayMicros = delayMicros
        self.idleAfterMicros = idleAfterMicros
    }
}

/// Where records come from.
public enum SourceConnector: Hashable, Sendable {
    case kafka(KafkaSourceOptions)
    case files(FilesSourceOptions)
    case rate(RateSourceOptions)
    /// Generated readings of devices: the `iot` data of the benchmarks.
    case iot(RateSourceOptions)
}

/// `type: "kafka"`.
public struct KafkaSourceOptions: Hashable, Sendable {
    /// `host:port`, comma-separated.
    public var brokers: String
    /// Topics by name.
    public var topics: [String] = []
    /// A regular expression over topic names, instead of `topics`.
    public var topicPattern: String?
    /// Where a partition that the checkpoint does not know starts.
    public var startingOffsets: StartingOffsets = .earliest
    /// What to do when records between the checkpoint and the log's start are gone.
    public var onDataLoss: OnDataLoss = .fail
    /// librdkafka properties, passed through.
    public var properties: [String: String] = [:]

    /// Where to start.
    public enum StartingOffsets: Hashable, Sendable {
        case earliest
        case latest
        /// The first record at or after a time, µs since 1970 UTC.
        case timestamp(micros: Int64)
        /// By `topic-partition`; −2 is earliest, −1 latest. Partitions that are absent start at the earliest.
        case offsets([SourcePartition: Offset])
    }

    /// What to do about lost records.
    public enum OnDataLoss: String, Hashable, Sendable, CaseIterable { case fail, `continue` }

    /// Options with the defaults of the pipeline file.
    public init(brokers: String) { self.brokers = brokers }
}

/// `type: "files"`.
public struct FilesSourceOptions: Hashable, Sendable {
    /// A directory, file or glob.
    public var path: String
    /// Whether directories are read with all below them.
    public var recursive = false
    /// Files older than this when first seen are not read, µs.
    public var maxFileAgeMicros: Int64?
    /// Where files are moved once their epoch is confirmed.
    public var archiveTo: String?
    /// Whether files are deleted once their epoch is confirmed.
    public var deleteAfter = false

    /// Options with the defaults of the pipeline file.
    public init(path: String) { self.path = path }
}

/// `type: "rate"` and `type: "iot"`: deterministic by seed, row `n` is always the same row.
public struct RateSourceOptions: Hashable, Sendable {
    /// Rows a second; `nil` as fast as they are read (needs `rows`).
    public var rowsPerSecond: Int?
    /// How many rows in all; `nil` for ever.
    public var rows: Int?
    /// Source partitions.
    public var partitions = 1
    /// The seed.
    public var seed: UInt64 = 1
    /// How many devices (`iot`).
    public var devices = 1000
    /// The event time of the first row, µs since 1970 UTC.
    public var startMicros: Int64 = 1_767_225_600_000_000

    /// Options with the defaults of the pipeline file.
    public init() {}
}

/// How the bytes of a record are read.
public enum RecordFormat: Hashable, Sendable {
    case json(JSONFormatOptions)
    case csv(CSVFormatOptions)
    /// The whole record as one STRING column `value`.
    case text
    /// The whole record as one BINARY column `value`.
    case raw
    /// Rows that need no decoding: generators.
    case native
}

/// `format: {"type": "json"}`.
public struct JSONFormatOptions: Hashable, Sendable {
    /// How numbers in TIMESTAMP columns are read; text is always ISO 8601.
    public var timestampUnit: TimestampUnit = .seconds

    /// The unit of numeric timestamps.
    public enum TimestampUnit: String, Hashable, Sendable, CaseIterable { case seconds, milliseconds, microseconds }

    /// The defaults.
    public init() {}
}

/// `format: {"type": "csv"}`, RFC 4180.
public struct CSVFormatOptions: Hashable, Sendable {
    /// Whether the first line of a file names the columns.
    public var header = false
    /// One byte.
    public var delimiter: UInt8 = UInt8(ascii: ",")
    /// One byte.
    public var quote: UInt8 = UInt8(ascii: "\"")
    /// Text that means NULL.
    public var nullValue = ""
    /// How numbers in TIMESTAMP columns are read.
    public var timestampUnit: JSONFormatOptions.TimestampUnit = .seconds

    /// The defaults.
    public init() {}
}
