// SPDX-License-Identifier: Apache-2.0
import JSONText
import StreamCore
import Synchronization

/// Takes what a running pipeline says, and shows it: a live line for people, JSON lines for programs, notes in the log.
final class ProgressReporter: RunEvents {
    /// What is shown of progress.
    enum Mode: Sendable { case live, json, none, lines }

    private struct State {
        var rows = 0
        var rate: RowRate
        var files = 0
        var last: EpochProgress?
        var previousStartMicros: Int64?
        var isDrawn = false
    }

    private let mode: Mode
    private let pipeline: Pipeline
    private let log: Logger
    private let clock: any Clock
    private let state: Mutex<State>
    private let identity: ProgressEvent.Identity
    private let observer: @Sendable (EpochProgress) -> Void

    /// A reporter of one run; `observer` hears of every confirmed epoch.
    init(
        _ pipeline: Pipeline, mode: Mode, log: Logger, clock: any Clock,
        observer: @escaping @Sendable (EpochProgress) -> Void = { _ in }
    ) {
        self.observer = observer
        self.mode = mode
        self.pipeline = pipeline
        self.log = log
        self.clock = clock
        identity = ProgressEvent.Identity(pipeline)
        state = Mutex(State(rate: RowRate(startNanos: clock.monotonicNanos)))
    }

    /// Writes a note to the log, above the live line.
    func note(_ level: EventLevel, _ component: String, _ message: String) {
        guard level >= log.level else { return }
        clearLine()
        log.log(level, message, [("component", component)])
    }

    /// Counts rows as they are read.
    func rowsRead(_ source: String, rows: Int) {
        let now = clock.monotonicNanos
        state.withLock { state in
            state.rows += rows
            state.rate.count(rows: rows, nowNanos: now)
        }
    }

    /// Shows an epoch.
    func epochConfirmed(_ progress: EpochProgress) {
        let previous = state.withLock { state -> Int64? in
            defer { state.previousStartMicros = progress.startedMicros }
            state.files += progress.sinks.values.reduce(0) { $0 + $1.files }
            state.last = progress
            return state.previousStartMicros
        }
        observer(progress)
        guard mode == .json else { return }
        let event = ProgressEvent(
            identity, pipeline, progress, previousStartMicros: previous, now: Moment(clock))
        StandardStream.output.line(log.redactor.clean(event.json.text))
    }

    /// Draws the live line again and again until the task is cancelled; in mode `lines`, a line of its own every second.
    func run() async {
        guard mode == .live || mode == .lines else { return }
        while !Task.isCancelled {
            await clock.sleep(nanos: mode == .live ? 200_000_000 : 1_000_000_000)
            if Task.isCancelled { break }
            let title = "\(pipeline.name): "
            if mode == .lines {
                StandardStream.output.line(title + line())
            } else {
                let columns = StandardStream.errors.columns - 1
                let text = title + line(columns: columns - title.count)
                StandardStream.errors.write("\r\u{1B}[K" + String(text.prefix(columns)))
            }
        }
        if mode == .live { clearLine() }
    }

    private func clearLine() {
        if state.withLock({ state in
            defer { state.isDrawn = false }
            return state.isDrawn
        }) {
            StandardStream.errors.write("\r\u{1B}[K")
        }
    }

    private func line(columns: Int = .max) -> String {
        let now = Moment(clock)
        return state.withLock { state -> String in
            state.isDrawn = mode == .live
            return LiveLine.text(
                rows: state.rows, rowsPerSecond: state.rate.perSecond(nowNanos: now.nanos), last: state.last,
                files: state.files, now: now, memory: ThisProcess.residentBytes, columns: columns)
        }
    }
}
