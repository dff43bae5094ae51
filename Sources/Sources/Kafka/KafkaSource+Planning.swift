// SPDX-License-Identifier: Apache-2.0
import Blocking
public import Failures
import KafkaClient
public import StreamCore
import Synchronization

extension KafkaSource {
    /// How old the list of topics and partitions may be at a plan.
    static let catalogAgeNanos: Int64 = 1_000_000_000

    /// Fixes what the next epoch reads: up to the last stable offset of each partition, within `limits`, in proportion to lag.
    ///
    /// - `limits.bytes` is turned into records by the sizes seen so far, so it is met on average.
    /// - A partition that is first seen where it has to be remembered (any `startingOffsets` but earliest) comes with an empty
    ///   range when there is nothing to read yet.
    /// - Throws: `authenticationFailed` on the first connection, `permissionDenied`, `topicNotFound` when the run has an end,
    ///   `dataLoss`, `topicRecreated`, `invalidArgument` for properties and offsets that cannot be, `interrupted`.
    public func plan(
        after committedOffsets: SourceOffsets, limits: EpochLimits
    ) async throws(PipelineError) -> SourceRanges {
        var read: [KafkaPartition: Int64] = [:]
        var marks: [KafkaPartition: Offset] = [:]
        for (partition, offset) in committedOffsets {
            guard let known = KafkaPartition(name: partition.name) else { throw Self.foreign(partition) }
            read[known] = offset.position
            if offset.incarnation != nil { marks[known] = offset }
        }
        var attempt = 0
        let started = clock.monotonicNanos
        while true {
            if Task.isCancelled { throw PipelineError(.interrupted, "planning was interrupted") }
            let (committed, marks) = (read, marks)
            let timeout = min(1000 << min(attempt, 4), 10_000)
            do throws(PipelineError) {
                let (ranges, unverified) = try await thread.run { () throws(PipelineError) in
                    try self.planOnce(committed, marks, limits, timeoutMillis: timeout)
                }
                try await verify(unverified)
                if journal.work() {
                    let seconds = (clock.monotonicNanos - started) / 1_000_000_000
                    events.note(.info, component, "the brokers answer again, after \(seconds) s")
                }
                return ranges.keepingMarks(of: committedOffsets)
            } catch {
                try wait(after: error)
                await clock.sleep(nanos: min(100_000_000 << Int64(min(attempt, 4)), 1_000_000_000))
                attempt += 1
            }
        }
    }

    /// Behind by the offsets up to the last stable one, else at its end; a partition that never had a record counts as finished.
    public func standing(after offsets: SourceOffsets) -> [SourcePartition: PartitionStanding]? {
        guard let bounds = state.withLock({ $0.bounds }) else { return nil }
        var standing: [SourcePartition: PartitionStanding] = [:]
        for (partition, bound) in bounds {
            let name = SourcePartition(partition.description)
            let left = bound.latest - max(bound.earliest, offsets[name]?.position ?? bound.earliest)
            standing[name] = left > 0 ? .behind(left) : bound.latest == 0 ? .finished : .atEnd
        }
        return standing
    }

    /// Says that the brokers are waited for, or throws what waiting cannot cure.
    private func wait(after error: PipelineError) throws(PipelineError) {
        guard error.retry == .withBackoff else { throw error }
        let link = journal.link
        if let trouble = link.trouble, trouble.code.isAuthentication, !link.hasWorked {
            throw .kafka(
                trouble.code, "no connection", configuration: configuration, detail: trouble.text)
        }
        if journal.note() {
            let reason = link.trouble?.text ?? error.cause
            events.note(.warning, component, "the brokers \(options.brokers) do not answer: waiting (\(reason))")
        }
    }

    /// One try of a plan. On the blocking thread.
    private func planOnce(
        _ committed: [KafkaPartition: Int64], _ marks: [KafkaPartition: Offset], _ limits: EpochLimits,
        timeoutMillis: Int
    ) throws(PipelineError) -> (SourceRanges, [(KafkaFeed, KafkaFingerprint)]) {
        let partitions = try lookAtTopics(committed, limits, timeoutMillis: timeoutMillis)
        guard !partitions.isEmpty else {
            // What a topic gets after this came after the start.
            if options.startingOffsets == .latest { state.withLock { $0.firstStarts = $0.firstStarts ?? [:] } }
            return ([:], [])
        }
        guard let consumer = state.withLock({ $0.consumer }) else { return ([:], []) }
        let bounds: [KafkaPartition: KafkaPlanner.Bounds]
        do throws(PipelineError) {
            bounds = try lookAtBounds(consumer, partitions, committed, timeoutMillis: timeoutMillis)
            try resolveFirstStarts(consumer, partitions, committed, bounds, timeoutMillis: timeoutMillis)
        } catch {
            state.withLock { $0.catalog.forget() }
            guard error.code == .topicNotFound else { throw error }
            // Deleted after we looked at the topics, or created so shortly before that not every broker knows.
            throw PipelineError(.sourceUnavailable, error.what, at: error.places, cause: error.cause)
        }
        let planner = state.withLock { state in
            state.plans += 1
            state.bounds = bounds
            if limits.availableUntilMicros != nil && state.finalEnds == nil {
                state.finalEnds = bounds.mapValues(\.latest)
            }
            let ends = state.finalEnds.map { ends in bounds.mapValues { _ in Int64(0) }.merging(ends) { $1 } }
            return KafkaPlanner(
                onDataLoss: options.onDataLoss, recordLimit: recordLimit(limits, state.averageRecordBytes),
                firstStarts: state.firstStarts ?? [:],
                finalEnds: limits.availableUntilMicros == nil ? [:] : ends ?? [:],
                rotation: state.plans)
        }
        let plan = try planner.plan(after: committed, bounds)
        for gap in plan.gaps { note(gap) }
        let unverified = try self.unverified(marks, bounds)
        for (partition, range) in plan.ranges where range.end > range.start {
            // Fetching starts now, while the plan is still being written down.
            if let partition = KafkaPartition(name: partition.name), unverified[partition] == nil {
                _ = try feed(of: partition, at: range.start.position)
            }
        }
        return (plan.ranges, unverified.sorted { $0.key < $1.key }.map(\.value))
    }

    func note(_ gap: KafkaPlanner.Gap) {
        events.note(
            .error, component,
            "data loss in \(gap.partition): the offsets \(gap.from) to \(gap.to - 1) (\(gap.to - gap.from)) were gone "
                + "before they were read; going on at \(gap.to), as \"onDataLoss\": \"continue\" says")
    }

    private func recordLimit(_ limits: EpochLimits, _ averageBytes: Double) -> Int64? {
        let byBytes = limits.bytes.map { Int64(max(1, Double($0) / max(1, averageBytes))) }
        guard let records = limits.records.map(Int64.init) else { return byBytes }
        return min(records, byBytes ?? .max)
    }

    // MARK: Topics

    /// The partitions that are there.
    private func lookAtTopics(
        _ committed: [KafkaPartition: Int64], _ limits: EpochLimits, timeoutMillis: Int
    ) throws(PipelineError) -> [KafkaPartition] {
        let now = clock.monotonicNanos
        let fresh = state.withLock {
            $0.catalog.isStale(nowNanos: now, maximumAgeNanos: Self.catalogAgeNanos) ? nil : $0.catalog.partitions
        }
        if let fresh { return fresh }
        let consumer = try connected()
        let pattern = try options.topicPattern.map { text throws(PipelineError) in try TopicPattern(text) }
        var topics = try consumer.metadata(
            topics: pattern == nil ? options.topics : nil, timeoutMillis: timeoutMillis)
        if let pattern { topics = topics.filter { pattern.matches($0.name) } }
        for topic in topics where topic.error.isAuthorization {
            throw .kafka(
                topic.error, "the topic cannot be read", at: [.init("topic", topic.name)], configuration: configuration)
        }
        let found = topics
        let (findings, partitions) = state.withLock { state in
            let findings = state.catalog.update(
                found, named: pattern == nil ? options.topics : [], read: Set(committed.keys.map(\.topic)),
                nowNanos: clock.monotonicNanos)
            return (findings, state.catalog.partitions)
        }
        doubt(findings.returned)
        try judge(findings, committed, partitions, hasEnd: limits.availableUntilMicros != nil)
        try fitQueues(to: partitions.count)
        return partitions
    }

    private func judge(
        _ findings: KafkaCatalog.Findings, _ committed: [KafkaPartition: Int64], _ partitions: [KafkaPartition],
        hasEnd: Bool
    ) throws(PipelineError) {
        let missing = state.withLock { $0.catalog.missing }
        if hasEnd, let topic = missing.first(where: { options.topics.contains($0) }) { throw missingTopic(topic) }
        for topic in findings.newlyMissing {
            let wasRead = committed.keys.contains { $0.topic == topic }
            events.note(
                .warning, component,
                wasRead
                    ? "the topic '\(topic)', which has been read, is not there any more: waiting for it to come back"
                    : "the topic '\(topic)' does not exist yet: waiting for it")
        }
        for topic in findings.returned where !findings.replaced.contains(topic) {
            events.note(.info, component, "the topic '\(topic)' is there now")
        }
        let counts = Dictionary(grouping: partitions, by: \.topic).mapValues(\.count)
        for (partition, offset) in committed.sorted(by: { $0.key < $1.key }) {
            guard let count = counts[partition.topic] else { continue }
            if Int(partition.number) >= count || (findings.replaced.contains(partition.topic) && offset > 0) {
                throw PipelineError(
                    .topicRecreated,
                    "the topic '\(partition.topic)' was deleted and created again: this pipeline has read partition "
                        + "\(partition.number) up to offset \(offset), the new topic has \(count) partitions",
                    at: [.init("partition", partition.description)],
                    hint: "To read the new topic from its beginning, give the pipeline a new \"checkpoint\" "
                        + "and its sinks a new \"appId\"")
            }
        }
        if !committed.isEmpty, state.withLock({ $0.plans > 0 }) {
            let new = findings.added.filter { committed[$0] == nil }
            if let first = new.first {
                events.note(
                    .info, component,
                    "found \(new.count) new partitions, from '\(first)' on: reading them from the beginning")
            }
        }
    }

    func missingTopic(_ topic: String) -> PipelineError {
        PipelineError(
            .topicNotFound, "the topic '\(topic)' does not exist", at: [.init("topic", topic)],
            hint: "Create it, or correct \"topics\"; brokers: \(options.brokers)")
    }

    /// Makes a client whose queues fit the number of partitions, when there are more than it was made for. Nothing is being read while
    /// an epoch is planned; what was fetched ahead is fetched again.
    private func fitQueues(to partitions: Int) throws(PipelineError) {
        let fitted = state.withLock { $0.fittedPartitions }
        guard queueBytes(partitions: partitions) < queueBytes(partitions: fitted) else { return }
        let consumer = try makeConsumer(partitions: partitions)
        let (feeds, old) = state.withLock { state in
            defer { (state.feeds, state.consumer, state.fittedPartitions) = ([:], consumer, partitions) }
            return (state.feeds, state.consumer)
        }
        for feed in feeds.values { feed.queue.wake() }
        if !feeds.isEmpty { old?.finishCommits(timeoutMillis: 1000) }
    }

    // MARK: Offsets

    /// The bounds of all partitions. An end before our position is looked at several times, since a new leader may lag for a moment.
    private func lookAtBounds(
        _ consumer: KafkaConsumer, _ partitions: [KafkaPartition], _ committed: [KafkaPartition: Int64],
        timeoutMillis: Int
    ) throws(PipelineError) -> [KafkaPartition: KafkaPlanner.Bounds] {
        for attempt in 0... {
            let keys = partitions.map { ($0, KafkaConsumer.Moment.earliest) }
            // Ends first: a log that is cut in between then shows as a gap, never as a range that is not there.
            let latest = try consumer.offsets(
                of: Dictionary(keys.map { ($0.0, .latest) }) { $1 }, timeoutMillis: timeoutMillis)
            let earliest = try consumer.offsets(of: Dictionary(keys) { $1 }, timeoutMillis: timeoutMillis)
            var bounds: [KafkaPartition: KafkaPlanner.Bounds] = [:]
            for partition in partitions {
                guard let first = earliest[partition], let end = latest[partition] else { continue }
                bounds[partition] = KafkaPlanner.Bounds(earliest: first, latest: max(first, end))
            }
            let behind = bounds.contains { $0.value.latest < committed[$0.key] ?? 0 }
            if !behind || attempt == 5 { return bounds }
            consumer.pause(millis: 200)
        }
        return [:]
    }

    /// At the first plan of a new pipeline: where each partition starts. Later ones start at their beginning.
    private func resolveFirstStarts(
        _ consumer: KafkaConsumer, _ partitions: [KafkaPartition], _ committed: [KafkaPartition: Int64],
        _ bounds: [KafkaPartition: KafkaPlanner.Bounds], timeoutMillis: Int
    ) throws(PipelineError) {
        guard state.withLock({ $0.firstStarts == nil }) else { return }
        var starts: [KafkaPartition: Int64] = [:]
        if committed.isEmpty {
            switch options.startingOffsets {
            case .earliest: break
            case .latest: starts = bounds.mapValues(\.latest)
            case .timestamp(let micros):
                let millis = micros / 1000 + (micros % 1000 > 0 ? 1 : 0)
                let found = try consumer.offsets(
                    of: Dictionary(partitions.map { ($0, .time(millis: millis)) }) { $1 }, timeoutMillis: timeoutMillis)
                for (partition, bound) in bounds {
                    let offset = found[partition] ?? -1
                    starts[partition] = offset < 0 ? bound.latest : min(offset, bound.latest)
                }
            case .offsets(let wanted):
                for (partition, offset) in wanted {
                    guard let partition = KafkaPartition(name: partition.name), let bound = bounds[partition] else {
                        throw PipelineError(
                            .invalidArgument, "\"startingOffsets\" names a partition that is not there",
                            at: [.init("partition", partition.name)],
                            hint: "There are: \(partitions.prefix(20).map(\.description).joined(separator: ", "))")
                    }
                    switch offset.position {
                    case -2: starts[partition] = bound.earliest
                    case -1: starts[partition] = bound.latest
                    default: starts[partition] = offset.position
                    }
                }
            }
        }
        let resolved = starts
        state.withLock { $0.firstStarts = resolved }
    }
}
