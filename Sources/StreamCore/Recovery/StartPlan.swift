// SPDX-License-Identifier: Apache-2.0
public import Failures

/// What a pipeline has to do before its first new epoch: the decision of start-up reconciliation.
public struct StartPlan: Hashable, Sendable {
    /// Where each source stands once `publish` and `replay` are done.
    public var offsets: [String: SourceOffsets]
    /// A decided epoch whose publishing may be unfinished: publish it again with its tokens, then confirm.
    public var publish: DecidedEpoch?
    /// An epoch that must be read again exactly as it was planned.
    public var replay: PlannedEpoch?
    /// The number of the first new epoch after those.
    public var nextEpoch: Epoch

    /// A plan.
    public init(
        offsets: [String: SourceOffsets], publish: DecidedEpoch? = nil, replay: PlannedEpoch? = nil, nextEpoch: Epoch
    ) {
        self.offsets = offsets
        self.publish = publish
        self.replay = replay
        self.nextEpoch = nextEpoch
    }
}

extension StartPlan {
    /// Decides from the checkpoint and what each sink reports, and nothing else.
    ///
    /// - Parameter recoverFromTable: the user allows the sinks' record of offsets to stand in for a lost checkpoint.
    /// - Throws: `checkpointMismatch` when a sink is ahead of the checkpoint, with both positions and the ways out.
    public static func decide(
        checkpoint: CheckpointState, sinks: [String: SinkPosition], recoverFromTable: Bool
    ) throws(PipelineError) -> StartPlan {
        let decided = checkpoint.decided?.epoch
        for (name, position) in sinks.sorted(by: { $0.key < $1.key }) {
            guard case .published(let published, let provenance) = position else { continue }
            if let decided, published <= decided { continue }
            guard recoverFromTable else {
                throw mismatch(sink: name, published: published, provenance: provenance, checkpoint: checkpoint)
            }
            return try recovered(from: sinks)
        }
        let next = decided?.next ?? .first
        let replay = checkpoint.planned
        return StartPlan(
            offsets: checkpoint.offsets, publish: checkpoint.confirmed ? nil : checkpoint.decided, replay: replay,
            nextEpoch: replay == nil ? next : next.next)
    }

    private static func mismatch(
        sink: String, published: Epoch, provenance: Provenance?, checkpoint: CheckpointState
    ) -> PipelineError {
        let table = provenance.map { " at \(describe($0.offsets))" } ?? ""
        let own =
            if let decided = checkpoint.decided {
                "the checkpoint is at epoch \(decided.epoch) at \(describe(checkpoint.offsets))"
            } else {
                "the checkpoint is empty"
            }
        return PipelineError(
            .checkpointMismatch,
            "sink '\(sink)' has already published epoch \(published)\(table), but \(own)",
            at: [.init("sink", sink)],
            hint: "The checkpoint was lost, deleted or restored from a backup. Restore the newest one, or run with "
                + "--recover-from-table to go on from the offsets in the table, or give the sink a new \"appId\" to "
                + "read everything again beside what is there")
    }

    private static func describe(_ offsets: [String: SourceOffsets]) -> String {
        let parts = offsets.sorted { $0.key < $1.key }.map { source, partitions in
            let shown = partitions.sorted { $0.key < $1.key }.prefix(8).map { "\($0.key): \($0.value)" }
            let rest = partitions.count > 8 ? ", … \(partitions.count - 8) more" : ""
            return "\(source) {\(shown.joined(separator: ", "))\(rest)}"
        }
        return parts.isEmpty ? "no offsets" : parts.joined(separator: "; ")
    }

    /// Goes on from what the sinks recorded. The newest epoch may have reached only some of them: it is then read again,
    /// and the sinks that have it skip it.
    private static func recovered(from sinks: [String: SinkPosition]) throws(PipelineError) -> StartPlan {
        var newest: Provenance?
        var complete = true
        // Sinks that know their epoch and not its offsets: another one has to know those of as late an epoch.
        var silent: [(name: String, epoch: Epoch)] = []
        for (name, position) in sinks.sorted(by: { $0.key < $1.key }) {
            guard case .published(let epoch, let provenance) = position else {
                complete = false
                continue
            }
            guard let provenance else {
                silent.append((name, epoch))
                continue
            }
            if let known = newest {
                if known.epoch != provenance.epoch { complete = false }
                if provenance.epoch > known.epoch { newest = provenance }
            } else {
                newest = provenance
            }
        }
        for (name, epoch) in silent {
            guard let newest, newest.epoch >= epoch else {
                throw PipelineError(
                    .checkpointMismatch,
                    "sink '\(name)' has published epoch \(epoch) but its commits do not say from which offsets",
                    at: [.init("sink", name)], hint: "Give the sink a new \"appId\", or restore the checkpoint")
            }
            if epoch < newest.epoch { complete = false }
        }
        guard let newest else { return StartPlan(offsets: [:], nextEpoch: .first) }
        if complete { return StartPlan(offsets: newest.offsets, nextEpoch: newest.epoch.next) }
        var ranges: [String: SourceRanges] = [:]
        for (source, starts) in newest.starts {
            for (partition, start) in starts {
                guard let end = newest.offsets[source]?[partition] else { continue }
                ranges[source, default: [:]][partition] = OffsetRange(start: start, end: end)
            }
        }
        return StartPlan(
            offsets: newest.offsets,
            replay: PlannedEpoch(epoch: newest.epoch, ranges: ranges, startedMicros: nil),
            nextEpoch: newest.epoch.next)
    }
}
