// SPDX-License-Identifier: Apache-2.0

/// What tells a record from another one that later stands at its offset: a topic can be deleted, created again and refilled.
///
/// A record that stays where it is keeps all of it, also when the log around it is compacted.
public struct KafkaFingerprint: Hashable, Sendable {
    /// The record's offset.
    public let offset: Int64
    /// Its timestamp, milliseconds since 1970; −1 when it has none.
    public let timestampMillis: Int64
    /// A hash of its key and value.
    public let hash: UInt64

    /// How many bytes of the key, and of the value, are hashed at most; their lengths always are.
    static let mostBytes = 65_536

    /// A fingerprint.
    public init(offset: Int64, timestampMillis: Int64, hash: UInt64) {
        self.offset = offset
        self.timestampMillis = timestampMillis
        self.hash = hash
    }

    /// The text that is kept in a checkpoint: format, offset, timestamp, hash.
    public var text: String { "1:\(offset):\(timestampMillis):\(String(hash, radix: 16))" }

    /// Reads such a text; `nil` when it is none, or of another format.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "1", let offset = Int64(parts[1]), offset >= 0,
            let timestamp = Int64(parts[2]), let hash = UInt64(parts[3], radix: 16)
        else { return nil }
        self.init(offset: offset, timestampMillis: timestamp, hash: hash)
    }
}
