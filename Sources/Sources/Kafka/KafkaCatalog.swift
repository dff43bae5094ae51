// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore

/// What a source knows of its topics from one look at the brokers to the next.
struct KafkaCatalog: Sendable {
    /// A topic must be away so long before its return counts as a new topic; brokers that start may not know theirs for a moment.
    static let awayMicros: Int64 = 3_000_000

    private(set) var partitions: [KafkaPartition] = []
    private(set) var updatedNanos: Int64?
    private var missingSince: [String: Int64] = [:]

    /// What a look found that someone should know.
    struct Findings: Hashable, Sendable {
        /// Topics that are not there, named in the pipeline file; only those that were not missing before.
        var newlyMissing: [String] = []
        /// Topics that were away and are back.
        var returned: [String] = []
        /// Topics that were away for so long that they cannot be the same any more.
        var replaced: [String] = []
        /// Partitions that were not there at the last look.
        var added: [KafkaPartition] = []
    }

    /// Whether the topics have to be looked at again.
    func isStale(nowNanos: Int64, maximumAgeNanos: Int64) -> Bool {
        guard let updatedNanos else { return true }
        return nowNanos - updatedNanos >= maximumAgeNanos
    }

    /// Makes the next plan look at the topics again.
    mutating func forget() { updatedNanos = nil }

    /// The topics that are named and not there.
    var missing: [String] { missingSince.keys.sorted() }

    /// Takes in what the brokers say.
    ///
    /// - Parameters:
    ///   - named: the topics that must be there; empty with a pattern.
    ///   - read: the topics that the checkpoint has offsets of.
    mutating func update(
        _ topics: [KafkaTopicMetadata], named: [String], read: Set<String>, nowNanos: Int64
    ) -> Findings {
        var findings = Findings()
        let present = topics.filter { $0.error == .none }
        let names = Set(present.map(\.name))
        for name in Set(named).union(read).subtracting(names).sorted() where missingSince[name] == nil {
            missingSince[name] = nowNanos
            findings.newlyMissing.append(name)
        }
        for (name, since) in missingSince where names.contains(name) {
            missingSince[name] = nil
            findings.returned.append(name)
            if read.contains(name) && (nowNanos - since) / 1000 >= Self.awayMicros { findings.replaced.append(name) }
        }
        let before = Set(partitions)
        // A topic that is away keeps its partitions out of the plan; what is back comes in again.
        partitions = present.flatMap { topic in
            (0..<topic.partitionCount).map { KafkaPartition(topic.name, Int32($0)) }
        }.sorted()
        findings.added = partitions.filter { !before.contains($0) }
        updatedNanos = nowNanos
        return findings
    }
}
