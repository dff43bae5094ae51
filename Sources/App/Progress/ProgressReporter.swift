// SPDX-License-Identifier: Apache-2.0
import JSONText
import StreamCore
import Synchronization

/// Takes what a running pipeline says, and shows it: a live line for people, JSON lines for programs, notes in the log.
final class ProgressReporter: RunEvents {
    /// What is shown of progress.
    enum Mode: String, Sendable { case live, json, none }

    private struct State {
        var rows = 0
        var rowsAtLastDraw = 0
        var drawnNanos: Int64
        var rowsPerSecond = 0.0
        var epochs = 0
        var last: EpochProgress?
        var lastConfirmedNanos: Int64 = 0
        var previousStartMicros: Int64?
        var isDrawn = false
    }

    private let mode: Mode
    private let pipeline: Pipeline
    private let log: Logger
    private let clock: any Clock
    private let state: Mutex<State>
    private let identity: ProgressEvent.Identity

    /// A reporter of one run.
    init(_ pipeline: Pipeline, mode: Mode, log: Logger, clock: any Clock) {
        self.mode = mode
        self.pipeline = pipeline
        self.log = log
        self.clock = clock
        identity = ProgressEvent.Identity(pipeline)
        state = Mutex(State(drawnNanos: clock.monotonicNanos))
    }

    /// Writes a note to the log, above the live line.
    func note(_ level: EventLevel, _ component: String, _ message: String) {
        guard level >= log.level else { return }
        clearLine()
        log.log(level, message, [("component", component)])
    }

    /// Counts rows as they are read.
    func rowsRead(_ source: String, rows: Int) { state.withLock { $0.rows += rows } }

    /// Shows an epoch.
    func epochConfirmed(_ progress: EpochProgress) {
        let now = clock.monotonicNanos
        let previous = state.withLock { state -> Int64? in
            defer { state.previousStartMicros = progress.startedMicros }
            state.epochs += 1
            state.last = progress
            state.lastConfirmedNanos = now
            return state.previousStartMicros
        }
        guard mode == .json else { return }
        let event = ProgressEvent(identity, pipeline, progress, previousStartMicros: previous)
        StandardStream.output.line(log.redactor.clean(event.json.text))
    }

    /// Draws the live line again and again until the task is cancelled.
    func run() async {
        guard mode == .live else { return }
        while !Task.isCancelled {
            await clock.sleep(nanos: 200_000_000)
            draw()
        }
        clearLine()
    }

    private func clearLine() {
        if state.withLock({ state in
            defer { state.isDrawn = false }
            return state.isDrawn
        }) {
            StandardStream.errors.write("\r\u{1B}[K")
        }
    }

    private func draw() {
        let now = clock.monotonicNanos
        let line = state.withLock { state -> String in
            let seconds = Double(now - state.drawnNanos) / 1e9
            if seconds >= 0.9 || state.rowsPerSecond == 0 {
                state.rowsPerSecond = Double(state.rows - state.rowsAtLastDraw) / max(seconds, 0.001)
                (state.rowsAtLastDraw, state.drawnNanos) = (state.rows, now)
            }
            state.isDrawn = true
            return LiveLine.text(
                rows: state.rows, rowsPerSecond: state.rowsPerSecond, epochs: state.epochs, last: state.last,
                sinceLastNanos: state.epochs > 0 ? now - state.lastConfirmedNanos : nil,
                memory: ThisProcess.residentBytes)
        }
        let text = "\(pipeline.name): \(line)"
        StandardStream.errors.write("\r\u{1B}[K" + String(text.prefix(StandardStream.errors.columns - 1)))
    }
}
