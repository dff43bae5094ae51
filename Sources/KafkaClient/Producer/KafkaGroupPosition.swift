// SPDX-License-Identifier: Apache-2.0

/// What a consumer group has committed for a partition: an offset, and a text of the application's own beside it.
public struct KafkaGroupPosition: Hashable, Sendable {
    /// The offset.
    public var offset: Int64
    /// The text; brokers take 4,096 bytes unless `offset.metadata.max.bytes` says otherwise.
    public var metadata: String

    /// A position.
    public init(offset: Int64, metadata: String = "") {
        self.offset = offset
        self.metadata = metadata
    }
}
