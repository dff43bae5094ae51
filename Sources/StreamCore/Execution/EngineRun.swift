// SPDX-License-Identifier: Apache-2.0
import Failures
import Synchronization

/// The state of one run of an engine.
struct EngineRun {
    let parts: EngineParts
    let stop: StopSignal
    var offsets: [String: SourceOffsets] = [:]
    var nextEpoch = Epoch.first
    var sizer: EpochSizer
    var publishing: Publication?
    /// The watermarks of the sources that have one, as of the last decided epoch.
    var trackers: [String: WatermarkTracker] = [:]
    let hosts: [OperatorHost]
    /// The tables of lookups.
    var tables: LookupLoader
    var summary = MicroBatchEngine.Summary()
    let startedMicros: Int64
    let planning = PlanningSlot()
    /// What a raised stop signal does about the wait that goes on: for an epoch that is being read, or for sinks.
    let waiting = PlanningSlot()

    /// An epoch on its way to the sinks, while the next one is read.
    struct Publication {
        let task: Task<PipelineError?, Never>
        let progress: EpochProgress
        let readNanos: Int64
        /// How long the operators went through spilled state.
        let stateNanos: Int64
        /// What the operators changed.
        let changes: EpochSizer.Changes
    }

    init(parts: EngineParts, stop: StopSignal) {
        self.parts = parts
        self.stop = stop
        startedMicros = parts.clock.nowMicros
        let keepsInput = parts.operators.contains { $0.stateful.keepsInput }
        sizer = EpochSizer(
            maximumBytes: parts.memory.epochBytes,
            maximumChangedBytes: keepsInput ? parts.memory.epochBytes / 2 : nil)
        let memory = ShardMemory(bytes: parts.memory.shardBytes, area: parts.spillArea)
        hosts = parts.operators.map { OperatorHost($0, workers: max(1, parts.workers), memory: memory) }
        tables = LookupLoader(parts.lookupTables, lookups: parts.lookups)
        let (planning, waiting) = (planning, waiting)
        let wake = parts.wake
        stop.onRaise {
            planning.cancel()
            waiting.cancel()
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
            guard hosts.isEmpty else {
                throw PipelineError(
                    .stateLoss,
                    "the tables are ahead of the checkpoint, and the state of '\(hosts[0].identity.name)' was in the checkpoint",
                    hint:
                        "Only pipelines without state can go on from their tables. Restore the checkpoint, or give the "
                        + "sinks a new \"appId\" and a new table to compute everything again")
            }
            try await adopt(plan)
        }
        try await restore(state.decided)
        if let again = plan.publish {
            parts.events.note(.info, "engine", "publishing epoch \(again.epoch) again after a crash")
            try await publishAgain(again)
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

    /// Asks every sink where it stands. A raised stop signal ends the waiting.
    private func sinkPositions() async throws(PipelineError) -> [String: SinkPosition] {
        let parts = parts
        let task = Task { () -> Result<[String: SinkPosition], PipelineError> in
            do throws(PipelineError) {
                let positions = try await parts.askSinks(parts.allSinks) { name, sink in
                    do throws(PipelineError) {
                        let position = try await sink.recover()
                        return .success(position)
                    } catch {
                        return .failure(error.within("sink", name))
                    }
                }
                return .success(positions)
            } catch {
                return .failure(error)
            }
        }
        planning.hold { task.cancel() }
        if stop.isRaised { task.cancel() }
        let result = await task.value
        planning.clear()
        if stop.isRaised, case .failure(let error) = result, error.retry == .withBackoff {
            throw PipelineError(.interrupted, "the start was interrupted", cause: error.description)
        }
        return try result.get()
    }

    /// What a run comes to that ended by an error: a stop that cut a wait short is none.
    mutating func ended(by error: PipelineError) async -> Result<MicroBatchEngine.Summary, PipelineError> {
        guard stop.isRaised, error.code == .interrupted else { return .failure(error) }
        parts.events.note(.warning, "engine", "stopped while waiting; the next run goes on there: \(error)")
        do throws(PipelineError) {
            try await finishPublishing()
            return .success(summary)
        } catch {
            return await ended(by: error)
        }
    }

    // MARK: Loop

    mutating func loop() async throws(PipelineError) {
        while !stop.isRaised {
            let started = parts.clock.monotonicNanos
            parts.wake.reset()
            let ranges = try await plan()
            let planNanos = parts.clock.monotonicNanos - started
            let isIdle = ranges.isEmpty && !isDueWithoutRecords()
            if !isIdle {
                parts.crashHook(.planBefore, nextEpoch)
                let planned = PlannedEpoch(
                    epoch: nextEpoch, ranges: ranges, startedMicros: parts.clock.nowMicros,
                    tables: try await tables.versions(), standing: standing(after: ranges))
                try await parts.checkpoint.plan(planned)
                parts.crashHook(.planAfter, nextEpoch)
                try await runEpoch(planned, planNanos: planNanos)
            }
            switch parts.trigger {
            case .once: return try await closeWindows()
            case .availableNow: if isIdle { return try await closeWindows() }
            case .interval(let micros), .continuous(let micros):
                if isIdle { try await finishPublishing() }
                await waitForTrigger(since: started, intervalNanos: micros * 1000, idle: isIdle)
            }
        }
        try await finishPublishing()
    }

    /// Ends a bounded run: closes all windows when that is asked for, and waits until the last epoch is published.
    private mutating func closeWindows() async throws(PipelineError) {
        if parts.finishesWindows, hosts.contains(where: { $0.size.rows > 0 }) {
            let planned = PlannedEpoch(
                epoch: nextEpoch, ranges: [:], startedMicros: parts.clock.nowMicros,
                tables: try await tables.versions(), standing: standing(after: [:]))
            try await parts.checkpoint.plan(planned)
            try await runEpoch(planned, planNanos: 0, closesAll: true)
        }
        try await finishPublishing()
    }

    /// How often an engine with nothing to read looks whether time alone closes a window.
    private static let idlenessPollNanos: Int64 = 100_000_000

    /// Sleeps until the next trigger, and with nothing to do until a source wakes it or wants to be asked.
    private func waitForTrigger(since started: Int64, intervalNanos: Int64, idle: Bool) async {
        var pause = intervalNanos
        if idle {
            var poll = parts.sources.values.map(\.source.idlePollNanos).min() ?? 0
            if !hosts.isEmpty { poll = min(poll, Self.idlenessPollNanos) }
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
        let eventTimes = hosts.isEmpty ? [:] : trackers.mapValues(\.eventTimes)
        let task = Task { () -> Result<[String: SourceRanges], PipelineError> in
            var ranges: [String: SourceRanges] = [:]
            do throws(PipelineError) {
                for (name, bound) in parts.sources.sorted(by: { $0.key < $1.key }) {
                    var limits = EngineRun.limits(parts, bound, sizer, until: until)
                    limits.eventTimes = eventTimes[name]
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
}

extension StartPlan {
    /// Whether it goes on after a later epoch than the checkpoint knows.
    fileprivate func isAhead(of last: Epoch) -> Bool { (replay?.epoch ?? nextEpoch).number > last.number + 1 }
}

/// Holds the way to cancel the plan that is being made.
final class PlanningSlot: Sendable {
    private let action = Mutex<(@Sendable () -> Void)?>(nil)

    func hold(_ cancel: @escaping @Sendable () -> Void) { action.withLock { $0 = cancel } }
    func clear() { action.withLock { $0 = nil } }
    func cancel() { action.withLock { $0 }?() }
}
