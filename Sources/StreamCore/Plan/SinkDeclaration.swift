// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// A sink as the pipeline file declares it.
public struct SinkDeclaration: Sendable {
    /// The name.
    public var name: String
    /// The relation whose rows it takes.
    public var from: String
    /// The schema of those rows.
    public var schema: Schema
    /// Where they go.
    public var connector: SinkConnector

    /// A sink.
    public init(name: String, from: String, schema: Schema, connector: SinkConnector) {
        self.name = name
        self.from = from
        self.schema = schema
        self.connector = connector
    }
}

/// Where rows go.
public enum SinkConnector: Hashable, Sendable {
    case delta(DeltaSinkOptions)
    case files(FilesSinkOptions)
    case kafka(KafkaSinkOptions)
    case console(ConsoleSinkOptions)
}

/// `type: "delta"`.
public struct DeltaSinkOptions: Hashable, Sendable {
    /// A path or `file://` URI.
    public var table: String
    /// Columns of a new table's partitions; must agree with an existing one's.
    public var partitionBy: [String] = []
    /// The `txn` application id; by default pipeline and sink name.
    public var appId: String?
    /// What an epoch's rows do to the table; `nil` when the pipeline file leaves it to the relation, and then `append`.
    public var mode: Mode?
    /// The columns whose equal values make rows the same row, for `upsert`.
    public var keys: [String] = []
    /// Whether new nullable columns are added to the table.
    public var schemaEvolution: SchemaEvolution = .none
    /// zstd level 1…22, or snappy.
    public var compression: Compression = .zstd(level: 1)
    /// Bytes of a data file after which the next is begun.
    public var targetFileBytes = 128 << 20
    /// Table properties of a new table.
    public var properties: [String: String] = [:]

    /// What an epoch's rows do to the table.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// They are added.
        case append
        /// They replace the rows with equal keys.
        case upsert
        /// They replace all rows.
        case complete
    }

    /// Whether the table's schema may grow.
    public enum SchemaEvolution: String, Hashable, Sendable, CaseIterable { case none, add }

    /// Options with the defaults of the pipeline file.
    public init(table: String) { self.table = table }
}

/// Compression of Parquet pages.
public enum Compression: Hashable, Sendable {
    case none
    case snappy
    case zstd(level: Int)
}

/// `type: "files"`.
public struct FilesSinkOptions: Hashable, Sendable {
    /// The folder.
    public var path: String
    /// What is written.
    public var format: Format = .json
    /// zstd level or snappy for Parquet.
    public var compression: Compression = .zstd(level: 1)

    /// What is written.
    public enum Format: String, Hashable, Sendable, CaseIterable { case json, parquet }

    /// Options with the defaults of the pipeline file.
    public init(path: String) { self.path = path }
}

/// `type: "kafka"`.
public struct KafkaSinkOptions: Hashable, Sendable {
    /// `host:port`, comma-separated.
    public var brokers: String
    /// The topic; it must exist.
    public var topic: String
    /// The columns of the key: none, one as it is, several as a JSON object.
    public var key: [String] = []
    /// The columns of headers by the header's name.
    public var headers: [String: String] = [:]
    /// What transactions and the group of the epochs are named after; by default pipeline and sink name.
    public var appId: String?
    /// When records are sent, and how often.
    public var delivery: Delivery = .transactional
    /// librdkafka properties.
    public var properties: [String: String] = [:]

    /// When records are sent, and how often.
    public enum Delivery: String, Hashable, Sendable, CaseIterable {
        /// Each epoch in one transaction, exactly once for consumers that read committed.
        case transactional
        /// As they come, at least once.
        case early
    }

    /// Options with the defaults of the pipeline file.
    public init(brokers: String, topic: String) {
        self.brokers = brokers
        self.topic = topic
    }
}

/// `type: "console"`.
public struct ConsoleSinkOptions: Hashable, Sendable {
    /// At most so many rows of an epoch are shown.
    public var rows = 20

    /// Options with the defaults of the pipeline file.
    public init() {}
}
