// SPDX-License-Identifier: Apache-2.0
public import Failures
import Synchronization

/// Runs a pipeline in micro-batch epochs: plan, read, prepare, checkpoint, publish, confirm, release.
///
/// One task owns an epoch. Epoch N+1 is planned, read and prepared while N is being published; its checkpoint waits for N.
public final class MicroBatchEngine: Sendable {
    private let parts: EngineParts
    private let stop: StopSignal

    /// An engine over its parts; `stop` makes it finish its epoch and return.
    public init(_ parts: EngineParts, stop: StopSignal) {
        self.parts = parts
        self.stop = stop
    }

    /// What a run did.
    public struct Summary: Hashable, Sendable {
        /// Epochs confirmed in this run.
        public var epochs = 0
        /// Records read in this run, malformed ones included.
        public var inputRows = 0

        /// What a run did.
        public init(epochs: Int = 0, inputRows: Int = 0) {
            self.epochs = epochs
            self.inputRows = inputRows
        }
    }

    /// Runs until the trigger is exhausted or the stop signal is raised.
    ///
    /// - Parameter recoverFromTable: go on from the offsets in the sinks when the checkpoint is behind them.
    /// - Throws: `checkpointMismatch` before anything is read or written; otherwise what no retry could cure.
    public func run(recoverFromTable: Bool = false) async throws(PipelineError) -> Summary {
        var run = Run(parts: parts, stop: stop)
        let outcome: Result<Summary, PipelineError>
        do throws(PipelineError) {
            try await run.start(recoverFromTable: recoverFromTable)
            try await run.loop()
            outcome = .success(run.summary)
        } catch {
            outcome = .failure(error)
        }
        await run.abandon()
        for bound in parts.sources.values { await bound.source.close() }
        for sink in parts.allSinks.values { await sink.close() }
        await parts.checkpoint.close()
        return try outcome.get()
    }
}

/// The state of one run.
private struct Run {
    let parts: EngineParts
    let stop: StopSignal
    var offsets: [String: SourceOffsets] = [:]
    var nextEpoch = Epoch.first
    var sizer = EpochSizer()
    var publishing: Publication?
    var summary = MicroBatchEngine.Summary()
    let startedMicros: Int64
    private let planning = PlanningSlot()

    /// An epoch on its way to the sinks, while the next one is read.
    struct Publication {
        let task: Task<Result<(versions: [String: Int64], finishedNanos: Int64), PipelineError>, Never>
        var progress: EpochProgress
        let startedNanos: Int64
        let decidedNanos: Int64
        let readNanos: Int64
    }

    init(parts: EngineParts, stop: StopSignal) {
        self.parts = parts
        self.stop = stop
        startedMicros = parts.clock.nowMicros
        let slot = planning
        let wake = parts.wake
        stop.onRaise {
            slot.cancel()
            wake.wake()
        }
    }

    // MARK: Start

    mutating func start(recoverFromTable: Bool) async throws(PipelineError) {
        let state = try await parts.checkpoint.load()
        let plan = try StartPlan.decide(
            checkpoint: state, sinks: try await sinkPositions(), recoverFromTable: recoverFromTable)
        offsets = plan.offsets
        nextEpoch = plan.nextEpoch
        if plan.isAhead(of: state.decided?.epoch ?? Epoch(-1)) {
            try await adopt(plan)
        }
        if let again = plan.publish {
            parts.events.note(.info, "engine", "publishing epoch \(again.epoch) again after a crash")
            _ = try await EpochPublishing(parts: parts, decided: again, provenance: provenance(of: again)).run()
        }
        if let replay = plan.replay {
            parts.events.note(.info, "engine", "reading epoch \(replay.epoch) again as it was planned")
            nextEpoch = replay.epoch
            try await runEpoch(replay, planNanos: 0)
        }
    }

    /// Makes the checkpoint stand where the sinks stand, as an epoch that read nothing.
    private mutating func adopt(_ plan: StartPlan) async throws(PipelineError) {
        var before = plan.offsets
        for (source, ranges) in plan.replay?.ranges ?? [:] {
            for (partition, range) in ranges { before[source, default: [:]][partition] = range.start }
        }
        let last = Epoch((plan.replay?.epoch ?? plan.nextEpoch).number - 1)
        guard last >= .first else { return }
        let ranges = before.mapValues { $0.mapValues { OffsetRange(start: $0, end: $0) } }
        try await parts.checkpoint.decide(DecidedEpoch(epoch: last, ranges: ranges, tokens: [:]))
        try await parts.checkpoint.confirm(last)
        if let replay = plan.replay { try await parts.checkpoint.plan(replay) }
        parts.events.note(.warning, "engine", "going on from the offsets in the sinks, after epoch \(last)")
    }

    private func sinkPositions() async throws(PipelineError) -> [String: SinkPosition] {
        try await parts.askSinks(parts.allSinks) { name, sink in
            do throws(PipelineError) {
                let position = try await sink.recover()
                return .success(position)
            } catch {
                return .failure(error.within("sink", name))
            }
        }
    }

    // MARK: Loop

    mutating func loop() async throws(PipelineError) {
        while !stop.isRaised {
            let started = parts.clock.monotonicNanos
            parts.wake.reset()
            let ranges = try await plan()
            let planNanos = parts.clock.monotonicNanos - started
            if !ranges.isEmpty {
                parts.crashHook(.planBefore, nextEpoch)
                let planned = PlannedEpoch(epoch: nextEpoch, ranges: ranges, startedMicros: parts.clock.nowMicros)
                try await parts.checkpoint.plan(planned)
                parts.crashHook(.planAfter, nextEpoch)
                try await runEpoch(planned, planNanos: planNanos)
            }
            switch parts.trigger {
            case .once: return try await finishPublishing()
            case .availableNow: if ranges.isEmpty { return try await finishPublishing() }
            case .interval(let micros), .continuous(let micros):
                if ranges.isEmpty { try await finishPublishing() }
                await waitForTrigger(since: started, intervalNanos: micros * 1000, idle: ranges.isEmpty)
            }
        }
        try await finishPublishing()
    }

    /// Sleeps until the next trigger, and with nothing to do until a source wakes it or wants to be asked.
    private func waitForTrigger(since started: Int64, intervalNanos: Int64, idle: Bool) async {
        var pause = intervalNanos
        if idle {
            let poll = parts.sources.values.map(\.source.idlePollNanos).min() ?? 0
            pause = max(pause, poll)
        }
        while !stop.isRaised {
            let left = started + pause - parts.clock.monotonicNanos
            if left <= 0 { return }
            if await parts.wake.wait(nanos: left, on: parts.clock) { pause = intervalNanos }
        }
    }

    // MARK: Plan

    /// Asks every source what the next epoch reads. A raised stop signal ends the waiting, with nothing to read.
    private func plan() async throws(PipelineError) -> [String: SourceRanges] {
        let (parts, offsets, sizer, until) = (parts, offsets, sizer, startedMicros)
        let task = Task { () -> Result<[String: SourceRanges], PipelineError> in
            var ranges: [String: SourceRanges] = [:]
            do throws(PipelineError) {
                for (name, bound) in parts.sources.sorted(by: { $0.key < $1.key }) {
                    let limits = Run.limits(parts, bound, sizer, until: until)
                    do throws(PipelineError) {
                        let planned = try await bound.source.plan(after: offsets[name] ?? [:], limits: limits)
                        if !planned.isEmpty { ranges[name] = planned }
                    } catch {
                        throw error.within("source", name)
                    }
                }
                return .success(ranges)
            } catch {
                return .failure(error)
            }
        }
        planning.hold { task.cancel() }
        if stop.isRaised { task.cancel() }
        let result = await task.value
        planning.clear()
        if stop.isRaised, case .failure = result { return [:] }
        return try result.get()
    }

    private static func limits(
        _ parts: EngineParts, _ bound: EngineParts.BoundSource, _ sizer: EpochSizer, until: Int64
    ) -> EpochLimits {
        var limits = EpochLimits(
            records: smaller(parts.limits.records, bound.limits.records),
            bytes: smaller(parts.limits.bytes, bound.limits.bytes),
            files: smaller(parts.limits.files, bound.limits.files))
        switch parts.trigger {
        case .once: limits.availableUntilMicros = until
        case .availableNow:
            limits.availableUntilMicros = until
            if limits == EpochLimits(availableUntilMicros: until) { limits.bytes = sizer.bytes }
        case .interval, .continuous:
            if limits == EpochLimits() { limits.bytes = sizer.bytes }
        }
        return limits
    }

    private static func smaller(_ left: Int?, _ right: Int?) -> Int? {
        guard let left else { return right }
        guard let right else { return left }
        return min(left, right)
    }

    // MARK: Epoch

    private mutating func runEpoch(_ planned: PlannedEpoch, planNanos: Int64) async throws(PipelineError) {
        let (epoch, ranges) = (planned.epoch, planned.ranges)
        let started = parts.clock.monotonicNanos
        let context = EvaluationContext(epochMicros: planned.startedMicros ?? parts.clock.nowMicros)
        var output = try await EpochReading(parts: parts, planned: planned, context: context).run()
        parts.crashHook(.readAfter, epoch)
        let read = parts.clock.monotonicNanos
        let tokens = try await prepare(epoch, output.writers)
        parts.crashHook(.prepareAfter, epoch)
        let prepared = parts.clock.monotonicNanos

        try await finishPublishing()
        let decided = DecidedEpoch(epoch: epoch, ranges: ranges, tokens: tokens)
        parts.crashHook(.checkpointBefore, epoch)
        let waited = parts.clock.monotonicNanos
        try await parts.checkpoint.decide(decided)
        parts.crashHook(.checkpointAfter, epoch)
        let checkpointed = parts.clock.monotonicNanos

        for (source, partitions) in ranges {
            for (partition, range) in partitions { offsets[source, default: [:]][partition] = range.end }
        }
        output.progress.durationNanos = [
            "plan": planNanos, "read": read - started, "prepare": prepared - read,
            "checkpoint": checkpointed - waited,
        ]
        let publication = EpochPublishing(parts: parts, decided: decided, provenance: provenance(of: decided))
        let clock = parts.clock
        publishing = Publication(
            task: Task {
                do throws(PipelineError) {
                    let versions = try await publication.run()
                    return .success((versions, clock.monotonicNanos))
                } catch {
                    return .failure(error)
                }
            }, progress: output.progress, startedNanos: started - planNanos, decidedNanos: checkpointed,
            readNanos: prepared - started)
        nextEpoch = epoch.next
    }

    private func prepare(
        _ epoch: Epoch, _ writers: [String: [any SinkWriter]]
    ) async throws(PipelineError) -> [String: SinkToken] {
        try await parts.askSinks(parts.allSinks) { name, sink in
            do throws(PipelineError) {
                let token = try await sink.prepare(epoch, writers: writers[name] ?? [])
                return .success(token)
            } catch {
                return .failure(error.within("sink", name))
            }
        }
    }

    /// Waits until the epoch that is being published is confirmed, and reports it.
    private mutating func finishPublishing() async throws(PipelineError) {
        guard var publication = publishing else { return }
        publishing = nil
        let waiting = parts.clock.monotonicNanos
        let (versions, finished) = try await publication.task.value.get()
        let now = parts.clock.monotonicNanos
        // The next trigger may have come long after the epoch was published.
        publication.progress.durationNanos["publish"] = finished - publication.decidedNanos
        publication.progress.durationNanos["total"] = finished - publication.startedNanos
        for (sink, version) in versions { publication.progress.sinks[sink, default: .init()].version = version }
        let bytes = publication.progress.sources.values.reduce(0) { $0 + $1.bytes }
        sizer.observe(bytesRead: bytes, workNanos: publication.readNanos, publishNanos: now - waiting)
        summary.epochs += 1
        summary.inputRows += publication.progress.inputRows
        parts.events.epochConfirmed(publication.progress)
    }

    /// After a failure: lets a running publication come to its end, since it is decided anyway.
    mutating func abandon() async {
        guard let publication = publishing else { return }
        publishing = nil
        publication.task.cancel()
        _ = await publication.task.value
    }

    private func provenance(of decided: DecidedEpoch) -> Provenance {
        var ends: [String: SourceOffsets] = [:]
        for (name, bound) in parts.sources {
            let read = (decided.ranges[name] ?? [:]).mapValues(\.end)
            switch bound.provenance {
            case .partitionsRead: ends[name] = read
            case .allPartitions: ends[name] = (offsets[name] ?? [:]).merging(read) { $1 }
            }
        }
        return Provenance(
            pipeline: parts.pipeline, pipelineHash: parts.pipelineHash, epoch: decided.epoch, offsets: ends,
            starts: decided.ranges.mapValues { $0.mapValues(\.start) }, watermarks: decided.watermarks)
    }
}

extension StartPlan {
    /// Whether it goes on after a later epoch than the checkpoint knows.
    fileprivate func isAhead(of last: Epoch) -> Bool { (replay?.epoch ?? nextEpoch).number > last.number + 1 }
}

/// Holds the way to cancel the plan that is being made.
private final class PlanningSlot: Sendable {
    private let action = Mutex<(@Sendable () -> Void)?>(nil)

    func hold(_ cancel: @escaping @Sendable () -> Void) { action.withLock { $0 = cancel } }
    func clear() { action.withLock { $0 = nil } }
    func cancel() { action.withLock { $0 }?() }
}
