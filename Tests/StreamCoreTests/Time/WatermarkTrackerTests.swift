// SPDX-License-Identifier: Apache-2.0
import StreamCore
import StreamTesting
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

    @Test("what a plan keeps of a standing moves it to the same place", arguments: UInt64(0)..<50)
    func holders(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        let partitions = (0..<6).map { SourcePartition("t-\($0)") }
        var whole = tracker(idleAfterMicros: seed % 2 == 0 ? 1 : nil)
        var kept = whole
        for step in Int64(0)..<30 {
            let read = partitions.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
            var seen: [SourcePartition: Int64] = [:]
            // Not every record that is read has an event time.
            for partition in read where Bool.random(using: &random) {
                seen[partition] = step * 10 + Int64.random(in: 0..<50, using: &random)
            }
            var standing: [SourcePartition: PartitionStanding] = [:]
            for partition in partitions {
                let states: [PartitionStanding?] = [.behind(3), .atEnd, .atEnd, .finished, nil]
                standing[partition] = states.randomElement(using: &random) ?? nil
            }
            let holders = whole.holders(of: standing, reading: read)
            #expect(holders.count <= Set(read).union(whole.eventTimes.keys).count + 1)
            whole.endEpoch(seen: seen, standing: standing, nowNanos: step * 400)
            kept.endEpoch(seen: seen, standing: holders, nowNanos: step * 400)
            #expect(kept.watermark == whole.watermark)
            #expect(kept.holder == whole.holder)
            #expect(kept.eventTimes == whole.eventTimes)
        }
    }

    @Test func withoutAStandingItStaysWhereItIs() {
        var tracker = tracker()
        tracker.endEpoch(seen: [one: 100], standing: nil, nowNanos: 0)
        #expect(tracker.watermark == .none)
        tracker.endEpoch(seen: [:], standing: [one: .atEnd], nowNanos: 0)
        #expect(tracker.watermark == Watermark(micros: 90))
    }
}
