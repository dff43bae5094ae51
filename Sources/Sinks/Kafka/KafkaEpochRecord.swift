// SPDX-License-Identifier: Apache-2.0
import JSONText
import KafkaClient
import StreamCore

/// What a sink's group says of the epochs in the topic: the group's offset is the number of the next epoch, and the text beside it
/// says which `prepare` the last one came from.
struct KafkaEpochRecord: Hashable, Sendable {
    static let format: Int64 = 1
    /// Brokers take 4,096 bytes beside an offset, unless they are told otherwise.
    private static let maxTextBytes = 4000

    /// The first epoch that is not in the topic.
    let next: Epoch
    /// The token's id of the epoch before; `nil` when none was published yet.
    let id: String?
    /// Where that epoch came from, as far as it fitted.
    let provenance: Provenance?

    init(next: Epoch, id: String?, provenance: Provenance?) {
        self.next = next
        self.id = id
        self.provenance = provenance
    }

    /// The last epoch in the topic.
    var published: Epoch? { id == nil ? nil : Epoch(next.number - 1) }

    /// Reads what a group has committed; of another format, only the number counts.
    init(_ position: KafkaGroupPosition) {
        next = Epoch(position.offset)
        let json = try? JSONValue(parsing: position.metadata)
        if json?["format"]?.int64 == Self.format, json?["empty"]?.boolean == true {
            (id, provenance) = (nil, nil)
        } else {
            id = json?["id"]?.string ?? ""
            provenance = json?["provenance"].flatMap { Provenance($0) }
        }
    }

    /// The form in which it is committed. The provenance is left out when it does not fit.
    var position: KafkaGroupPosition {
        guard let id else {
            let json: JSONValue = ["format": .number(Self.format), "empty": .boolean(true)]
            return KafkaGroupPosition(offset: next.number, metadata: json.text)
        }
        var members: [(String, JSONValue)] = [("format", .number(Self.format)), ("id", .string(id))]
        let short = JSONValue.object(members).text
        if let provenance { members.append(("provenance", .object(provenance.members))) }
        let full = JSONValue.object(members).text
        return KafkaGroupPosition(
            offset: next.number, metadata: full.utf8.count <= Self.maxTextBytes ? full : short)
    }

    /// Whether two records are of the same `prepare` of the same epoch.
    func isSame(as other: KafkaEpochRecord?) -> Bool { next == other?.next && id == other?.id }
}
