// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// Records of one partition as bytes in a row, in the order of their offsets.
public struct KafkaRecords: Sendable {
    /// The values of all records with a line feed after each, so that a decoder can tell that none reaches into the next.
    public let bytes: Buffer<UInt8>
    /// Record `i` is `bytes[starts[i]..<ends[i]]`.
    public let starts: Buffer<Int32>
    /// Where each record ends, exclusive.
    public let ends: Buffer<Int32>
    /// The Kafka offset of each record; ascending, with gaps.
    public let offsets: Buffer<Int64>
    /// 1 for each record whose value is NULL (a tombstone); `nil` when none is.
    public let nullValues: Buffer<UInt8>?
    /// BINARY, when asked for.
    public let keys: Column?
    /// TIMESTAMP of millisecond precision, NULL where a record has none; when asked for.
    public let timestamps: Column?
    /// ARRAY<STRUCT<key: STRING, value: BINARY>>, when asked for.
    public let headers: Column?

    /// How many records there are.
    public var count: Int { offsets.count }

    /// What to fetch besides values and offsets.
    public struct Parts: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: UInt8
        /// A set by its bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The records' keys.
        public static let keys = Parts(rawValue: 1)
        /// The records' timestamps.
        public static let timestamps = Parts(rawValue: 2)
        /// The records' headers.
        public static let headers = Parts(rawValue: 4)
    }

    /// The type of the headers column, as Spark has it.
    public static let headersType = DataType.array(
        element: .structure([Field("key", .string, nullable: false), Field("value", .binary)]), containsNull: false)
}

/// What reading a partition's queue gave.
public enum KafkaRead: Sendable {
    /// Records, at least one.
    case records(KafkaRecords)
    /// Everything before the end asked for has been given.
    case end
    /// Nothing has arrived yet: wait.
    case nothingYet
    /// The position is below or past the log; nothing comes until the queue is started again elsewhere.
    case outOfRange(position: Int64)
    /// The library reports an error of this partition; it goes on trying.
    case failed(KafkaErrorCode, String)
}
