// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText
import StreamCore
import StreamTesting
import Testing

@testable import App

struct ProgressTests {
    private static let start: Int64 = 1_767_225_600_000_000

    private static var progress: EpochProgress {
        var progress = EpochProgress(epoch: Epoch(7), startedMicros: start)
        progress.confirmedMicros = start + 90_000
        progress.durationNanos = ["plan": 1_000_000, "read": 50_000_000, "total": 90_000_000]
        var source = EpochProgress.SourceProgress()
        source.records = 900
        source.lag = 12
        source.eventTimes = [SourcePartition("t-0"): start - 1_000_000, SourcePartition("t-1"): start - 10_000]
        source.watermark = Watermark(micros: start - 11_000_000)
        source.holder = WatermarkTracker.Holder(
            partition: SourcePartition("t-0"), eventTimeMicros: start - 1_000_000, sinceNanos: 0)
        progress.sources["s"] = source
        var state = EpochProgress.OperatorProgress()
        state.size = StateSize(rows: 40, memoryBytes: 4096, openWindows: 3)
        (state.updatedRows, state.removedRows, state.lateRows, state.outputRows) = (8, 5, 2, 5)
        progress.operators["rollup"] = state
        progress.sinks["out"] = EpochProgress.SinkProgress()
        progress.sinks["out"]?.files = 2
        return progress
    }

    private static var pipeline: Pipeline {
        Pipeline(
            name: "p", hash: "00", definition: "{}", mode: .microBatch, trigger: .availableNow, limits: EpochLimits(),
            workers: 1, memoryBytes: 1 << 20, sources: [:], transforms: [], sinks: [:], deadLetters: nil,
            checkpoint: "c")
    }

    @Test func eventHasSparksFieldsForTimeAndState() {
        let clock = ManualClock(micros: Self.start + 60_000_000)
        let since = clock.monotonicNanos - 30_000_000_000
        var progress = Self.progress
        progress.sources["s"]?.holder?.sinceNanos = since
        let event = ProgressEvent(
            ProgressEvent.Identity(Self.pipeline), Self.pipeline, progress, previousStartMicros: nil, now: Moment(clock)
        ).json
        #expect(event["batchId"] == 7)
        #expect(event["eventTime"]?["watermark"] == "2025-12-31T23:59:49.000Z")
        #expect(event["eventTime"]?["max"] == "2025-12-31T23:59:59.990Z")
        #expect(event["freshnessMs"] == 100)
        let metrics = event["sources"]?.elements?.first?["metrics"]
        #expect(metrics?["lag"] == 12)
        #expect(metrics?["watermarkPartition"] == "t-0")
        #expect(metrics?["watermarkHeldSince"] == "2026-01-01T00:00:30.000Z")
        let state = event["stateOperators"]?.elements?.first
        #expect(state?["operatorName"] == "rollup")
        #expect(state?["numRowsTotal"] == 40)
        #expect(state?["numRowsUpdated"] == 8)
        #expect(state?["numRowsRemoved"] == 5)
        #expect(state?["memoryUsedBytes"] == 4096)
        #expect(state?["numRowsDroppedByWatermark"] == 2)
        #expect(state?["customMetrics"]?["openWindows"] == 3)
        #expect(event["sinks"]?.elements?.first?["numFiles"] == 2)
    }

    @Test func liveLineSaysLagWatermarkFreshnessFilesStateAndMemory() {
        var progress = Self.progress
        let clock = ManualClock(micros: Self.start + 2_090_000)
        progress.sources["s"]?.holder?.sinceNanos = clock.monotonicNanos - 15_000_000_000
        let line = LiveLine.text(
            rows: 900, rowsPerSecond: 1234.4, last: progress, files: 2, now: Moment(clock), memory: 3 << 20)
        #expect(
            line
                == "900 rows · 1,234 rows/s · epoch 7 in 90 ms · 2.0 s ago · lag 12 · watermark 23:59:49 held by t-0 · "
                + "fresh to 100 ms · 40 rows of state · 2 files · 3.0 MiB")
    }

    @Test func narrowTerminalsKeepWhatMattersMost() {
        var progress = Self.progress
        progress.sources["s"]?.holder = nil
        func line(_ columns: Int) -> String {
            LiveLine.text(
                rows: 900, rowsPerSecond: 1234.4, last: progress, files: 2,
                now: Moment(ManualClock(micros: Self.start + 2_090_000)), memory: 3 << 20, columns: columns)
        }
        let least = "1,234 rows/s · lag 12 · watermark 23:59:49 · fresh to 100 ms · 2 files · 3.0 MiB"
        #expect(line(least.count) == least)
        #expect(line(20) == least)
        #expect(
            line(93) == "1,234 rows/s · 2.0 s ago · lag 12 · watermark 23:59:49 · fresh to 100 ms · 2 files · 3.0 MiB")
        #expect(line(120).contains("900 rows · ") && !line(120).contains("rows of state"))
    }

    @Test("the first figure of the rate does not count the time before the first rows")
    func firstRateIsRight() {
        var rate = RowRate(startNanos: 0)
        #expect(rate.perSecond(nowNanos: 5_000_000_000) == 0)
        rate.count(rows: 1_000, nowNanos: 5_000_000_000)
        rate.count(rows: 1_000, nowNanos: 5_100_000_000)
        rate.count(rows: 1_000, nowNanos: 5_200_000_000)
        #expect(rate.perSecond(nowNanos: 5_200_000_000) == 10_000)
        for tenth in Int64(3)...10 { rate.count(rows: 1_000, nowNanos: 5_000_000_000 + tenth * 100_000_000) }
        #expect(rate.perSecond(nowNanos: 6_000_000_000) == 10_000)
        #expect(rate.perSecond(nowNanos: 6_500_000_000) == 10_000)
        #expect(rate.perSecond(nowNanos: 7_000_000_000) == 0)
    }
}
