// SPDX-License-Identifier: Apache-2.0

/// A partition of a topic.
public struct KafkaPartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The topic's name.
    public let topic: String
    /// The partition's number.
    public let number: Int32

    /// A partition by topic and number.
    public init(_ topic: String, _ number: Int32) {
        self.topic = topic
        self.number = number
    }

    /// Reads `topic-partition`; topics may contain hyphens. `nil` when it is not of that form.
    public init?(name: String) {
        guard let hyphen = name.lastIndex(of: "-"), hyphen > name.startIndex,
            let number = Int32(name[name.index(after: hyphen)...]), number >= 0
        else { return nil }
        self.init(String(name[..<hyphen]), number)
    }

    /// `topic-partition`.
    public var description: String { "\(topic)-\(number)" }

    /// By topic, then number.
    public static func < (left: KafkaPartition, right: KafkaPartition) -> Bool {
        (left.topic, left.number) < (right.topic, right.number)
    }
}
