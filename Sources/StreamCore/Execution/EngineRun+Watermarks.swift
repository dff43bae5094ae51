// SPDX-License-Identifier: Apache-2.0
import Failures

extension EngineRun {
    /// The watermarks as they will be after an epoch that has read what `seen` says.
    func watermarks(
        standing: [String: [SourcePartition: PartitionStanding]], seen: [String: [SourcePartition: Int64]]
    ) -> [String: WatermarkTracker] {
        var next = trackers
        for name in next.keys {
            next[name]?.endEpoch(
                seen: seen[name] ?? [:], standing: standing[name], nowNanos: parts.clock.monotonicNanos)
        }
        return next
    }

    /// How partitions stand that may hold watermarks, once an epoch has read `ranges`. It is a part of the plan, so that the epoch
    /// moves the watermarks to the same place when it is read again after a crash.
    func standing(after ranges: [String: SourceRanges]) -> [String: [SourcePartition: PartitionStanding]] {
        var standings: [String: [SourcePartition: PartitionStanding]] = [:]
        for (name, tracker) in trackers {
            guard let bound = parts.sources[name] else { continue }
            let read = ranges[name] ?? [:]
            standings[name] = standing(of: name, bound, after: read).map { tracker.holders(of: $0, reading: read.keys) }
        }
        return standings
    }

    private func standing(
        of name: String, _ bound: EngineParts.BoundSource, after ranges: SourceRanges
    ) -> [SourcePartition: PartitionStanding]? {
        bound.source.standing(after: (offsets[name] ?? [:]).merging(ranges.mapValues(\.end)) { $1 })
    }

    /// Whether an epoch without any records would close something: a partition went idle, or a source has come to its end.
    mutating func isDueWithoutRecords() -> Bool {
        guard hosts.contains(where: { $0.size.rows > 0 }) else { return false }
        let next = watermarks(standing: standing(after: [:]), seen: [:])
        let isDue = next.contains { $0.value.watermark > trackers[$0.key]?.watermark ?? .none }
        // Since when partitions have been at their end counts from here, also when no epoch has run since the start.
        if !isDue { trackers = next }
        return isDue
    }

    /// What an operator's watermark is, from those of the sources and of the operators before it.
    static func inputWatermark(
        of host: OperatorHost, sources: [String: WatermarkTracker], hosts: [OperatorHost]
    ) -> Watermark {
        host.bound.origins.map { origin in
            guard let before = hosts.first(where: { $0.bound.output == origin }) else {
                return sources[origin]?.watermark ?? .none
            }
            let (micros, underflow) = before.watermark.micros.subtractingReportingOverflow(
                before.bound.stateful.outputDelayMicros)
            return underflow ? .none : Watermark(micros: micros)
        }.min() ?? .none
    }

    /// Fills in what people want to know of time and lag.
    func describe(
        _ progress: inout EpochProgress, _ trackers: [String: WatermarkTracker], after ranges: [String: SourceRanges]
    ) {
        for (name, bound) in parts.sources {
            var source = progress.sources[name] ?? .init()
            if let tracker = trackers[name] {
                source.watermark = tracker.watermark
                source.holder = tracker.holder
            }
            if let standing = standing(of: name, bound, after: ranges[name] ?? [:]) {
                source.lag = standing.values.reduce(0) { sum, state in
                    if case .behind(let left) = state { sum + left } else { sum }
                }
            }
            progress.sources[name] = source
        }
    }

    // MARK: Restoring

    /// Loads the operators' state and the watermarks as of the last decided epoch.
    mutating func restore(_ decided: DecidedEpoch?) async throws(PipelineError) {
        for (name, bound) in parts.sources {
            guard let declaration = bound.watermark else { continue }
            let known = decided?.watermarks[name].map { Watermark(micros: $0) } ?? .none
            trackers[name] = WatermarkTracker(
                declaration, watermark: known, eventTimes: decided?.eventTimes[name] ?? [:])
        }
        guard let store = parts.stateStore else {
            guard parts.operators.isEmpty else {
                throw PipelineError(.internalError, "stateful operators without a place for their state")
            }
            return
        }
        try await store.register(hosts.map(\.identity), dropping: [])
        for host in hosts {
            do throws(PipelineError) {
                try await store.restore(host.identity.name) { record throws(PipelineError) in try host.restore(record) }
            } catch {
                throw error.within("operator", host.identity.name)
            }
            if let micros = decided?.operatorWatermarks[host.identity.name] {
                host.advance(to: Watermark(micros: micros))
            }
        }
    }
}
