// SPDX-License-Identifier: Apache-2.0

/// A record to be written.
public struct KafkaRecord: Hashable, Sendable {
    /// The topic.
    public var topic: String
    /// The partition; `nil` lets the key's hash or chance choose.
    public var partition: Int32?
    /// The key, if any.
    public var key: [UInt8]?
    /// The value; `nil` is a tombstone.
    public var value: [UInt8]?
    /// Milliseconds since 1970; `nil` is now.
    public var timestampMillis: Int64?
    /// The headers, in order.
    public var headers: [Header]

    /// A header: a name, which may repeat, and a value.
    public struct Header: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The value, if any.
        public var value: [UInt8]?

        /// A header.
        public init(_ name: String, _ value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }

    /// A record.
    public init(
        topic: String, partition: Int32? = nil, key: [UInt8]? = nil, value: [UInt8]?, timestampMillis: Int64? = nil,
        headers: [Header] = []
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.timestampMillis = timestampMillis
        self.headers = headers
    }
}
