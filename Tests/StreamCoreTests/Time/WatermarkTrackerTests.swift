// SPDX-License-Identifier: Apache-2.0
import StreamCore
import Testing

struct WatermarkTrackerTests {
    private let one = SourcePartition("t-0")
    private let other = SourcePartition("t-1")

    private func tracker(idleAfterMicros: Int64? = nil) -> WatermarkTracker {
        WatermarkTracker(WatermarkDeclaration(column: "ts", delayMicros: 10, idleAfterMicros: idleAfterMicros))
    }

    @Test func theSlowestPartitionHoldsIt() {
        var tracker = tracker()
        tracker.endEpoch(seen: [one: 100, other: 50], standing: [one: .atEnd, other: .behind(3)], nowNanos: 7)
        #expect(tracker.watermark == Watermark(micros: 40))
        #expect(tracker.holder == .init(partition: other, eventTimeMicros: 50, sinceNanos: 7))
        tracker.endEpoch(seen: [other: 70], standing: [one: .atEnd, other: .atEnd], nowNanos: 9)
        #expect(tracker.watermark == Watermark(micros: 60))
        #expect(tracker.holder == .init(partition: other, eventTimeMicros: 70, sinceNanos: 7))
    }

    @Test func aPartitionThatWaitsToBeReadHoldsItWhereItIs() {
        var tracker = tracker()
        tracker.endEpoch(seen: [one: 100], standing: [one: .finished, other: .behind(3)], nowNanos: 0)
        #expect(tracker.watermark == .none)
        #expect(tracker.holder?.partition == other)
        tracker.endEpoch(seen: [other: 20], standing: [one: .finished, other: .behind(1)], nowNanos: 0)
        #expect(tracker.watermark == Watermark(micros: 10))
        tracker.endEpoch(seen: [other: 30], standing: [one: .finished, other: .finished], nowNanos: 0)
        #expect(tracker.watermark == Watermark(micros: 90))
        #expect(tracker.holder == nil)
    }

    @Test func itNeverMovesBack() {
        var tracker = tracker()
        tracker.endEpoch(seen: [one: 100], standing: [one: .behind(1)], nowNanos: 0)
        tracker.endEpoch(seen: [other: 20], standing: [one: .behind(1), other: .behind(1)], nowNanos: 0)
        #expect(tracker.watermark == Watermark(micros: 90))
    }

    @Test func aPartitionIsIdleOnlyAtItsEndAndAfterTheTime() {
        var tracker = tracker(idleAfterMicros: 1)
        tracker.endEpoch(seen: [one: 100, other: 20], standing: [one: .atEnd, other: .atEnd], nowNanos: 0)
        #expect(tracker.watermark == Watermark(micros: 10))
        tracker.endEpoch(seen: [one: 120], standing: [one: .behind(1), other: .atEnd], nowNanos: 999)
        #expect(tracker.watermark == Watermark(micros: 10))
        tracker.endEpoch(seen: [:], standing: [one: .behind(1), other: .atEnd], nowNanos: 1000)
        #expect(tracker.watermark == Watermark(micros: 110))
        #expect(tracker.holder?.partition == one)
    }

    @Test func oneThatLagsIsNeverIdle() {
        var tracker = tracker(idleAfterMicros: 1)
        tracker.endEpoch(seen: [one: 100, other: 20], standing: [one: .atEnd, other: .behind(9)], nowNanos: 0)
        tracker.endEpoch(seen: [one: 200], standing: [one: .atEnd, other: .behind(9)], nowNanos: 5_000_000)
        #expect(tracker.watermark == Watermark(micros: 10))
        #expect(tracker.holder == .init(partition: other, eventTimeMicros: 20, sinceNanos: 0))
    }

    @Test func whenAllAreIdleItFollowsTheNewestRecord() {
        var tracker = tracker(idleAfterMicros: 1)
        tracker.endEpoch(seen: [one: 100, other: 20], standing: [one: .atEnd, other: .atEnd], nowNanos: 0)
        tracker.endEpoch(seen: [:], standing: [one: .atEnd, other: .atEnd], nowNanos: 1000)
        #expect(tracker.watermark == Watermark(micros: 90))
        #expect(tracker.holder == nil)
    }

    @Test func aRestartGoesOnWithWhatTheCheckpointRemembers() {
        var tracker = tracker()
        tracker.endEpoch(seen: [one: 100, other: 300], standing: [one: .behind(1), other: .finished], nowNanos: 0)
        var again = WatermarkTracker(
            WatermarkDeclaration(column: "ts", delayMicros: 10), watermark: tracker.watermark,
            eventTimes: tracker.eventTimes)
        #expect(again.watermark == Watermark(micros: 90))
        again.endEpoch(seen: [one: 110], standing: [one: .finished], nowNanos: 0)
        #expect(again.watermark == Watermark(micros: 290))
    }

    @Test func aReplayedEpochLeavesItWhereItIs() {
        var tracker = tracker()
        tracker.endEpoch(seen: [one: 100], standing: nil, nowNanos: 0)
        #expect(tracker.watermark == .none)
        tracker.endEpoch(seen: [:], standing: [one: .atEnd], nowNanos: 0)
        #expect(tracker.watermark == Watermark(micros: 90))
    }
}
