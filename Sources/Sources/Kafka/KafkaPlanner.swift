// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore

/// Decides what the next epoch reads, from what the checkpoint and the brokers say. Pure: values in, decision out.
struct KafkaPlanner {
    /// What the brokers say of a partition.
    struct Bounds: Hashable, Sendable {
        /// The first offset that is still there.
        var earliest: Int64
        /// The end: the last stable offset.
        var latest: Int64
    }

    /// Records that are gone before they were read.
    struct Gap: Hashable, Sendable {
        let partition: KafkaPartition
        let from: Int64
        let to: Int64
    }

    /// What was decided.
    struct Plan: Hashable, Sendable {
        var ranges: SourceRanges = [:]
        var gaps: [Gap] = []
    }

    /// What to do about lost records.
    let onDataLoss: KafkaSourceOptions.OnDataLoss
    /// How many records the epoch may read.
    var recordLimit: Int64?
    /// Where partitions that the checkpoint does not know start, when that has to be remembered from now on.
    var firstStarts: [KafkaPartition: Int64] = [:]
    /// Where this run ends, for partitions that have such an end.
    var finalEnds: [KafkaPartition: Int64] = [:]
    /// Which partition is the first to get what rounding leaves over.
    var rotation = 0

    /// The ranges from `committed` to the ends in `bounds`. Partitions in neither `committed` nor `firstStarts` start at their earliest.
    ///
    /// - Throws: `dataLoss`, `topicRecreated`, or `invalidArgument` for a start past the end.
    func plan(
        after committed: [KafkaPartition: Int64], _ bounds: [KafkaPartition: Bounds]
    ) throws(PipelineError) -> Plan {
        var plan = Plan()
        var work: [(partition: KafkaPartition, start: Int64, lag: Int64, remember: Bool)] = []
        for (partition, bound) in bounds.sorted(by: { $0.key < $1.key }) {
            let known = committed[partition] ?? firstStarts[partition]
            var start = known ?? bound.earliest
            var remember = committed[partition] == nil && firstStarts[partition] != nil
            if start > bound.latest {
                throw committed[partition] != nil
                    ? Self.recreated(partition, position: start, end: bound.latest)
                    : PipelineError(
                        .invalidArgument, "\"startingOffsets\" asks for offset \(start), past the end \(bound.latest)",
                        at: [.init("partition", partition.description)])
            }
            if start < bound.earliest {
                guard onDataLoss == .continue else { throw Self.lost(partition, from: start, to: bound.earliest) }
                plan.gaps.append(Gap(partition: partition, from: start, to: bound.earliest))
                start = bound.earliest
                remember = true
            }
            let end = min(bound.latest, finalEnds[partition] ?? .max)
            work.append((partition, start, max(0, end - start), remember))
        }
        let shares = KafkaShares.split(work.map(\.lag), limit: recordLimit, rotation: rotation)
        for (item, share) in zip(work, shares) where share > 0 || item.remember {
            plan.ranges[SourcePartition(item.partition.description)] = OffsetRange(
                start: Offset(item.start), end: Offset(item.start + share))
        }
        return plan
    }

    /// The refusal of a topic whose log ends before the position we hold.
    static func recreated(_ partition: KafkaPartition, position: Int64, end: Int64) -> PipelineError {
        PipelineError(
            .topicRecreated,
            "this pipeline has read up to offset \(position), but the log ends at \(end): "
                + "the topic '\(partition.topic)' was deleted and created again, or lost its end",
            at: [.init("partition", partition.description)],
            hint: "To read the new topic from its beginning, give the pipeline a new \"checkpoint\" "
                + "and its sinks a new \"appId\"; to keep the old offsets, restore the topic")
    }

    /// The refusal to jump over records that are gone.
    static func lost(_ partition: KafkaPartition, from: Int64, to: Int64) -> PipelineError {
        PipelineError(
            .dataLoss,
            "the records from offset \(from) to \(to - 1) of topic '\(partition.topic)' are gone before they were read "
                + "(the log now begins at \(to)): retention or DeleteRecords overtook this pipeline",
            at: [.init("partition", partition.description), .init("offset", "\(from)")],
            hint: "Restore them, or set \"onDataLoss\": \"continue\" to count the gap and go on; "
                + "raise the topic's retention so that it does not happen again")
    }
}
