// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import StreamCore

struct EpochSizerTests {
    /// What a sizer comes to after full epochs that took so long.
    private func bytes(
        _ sizer: EpochSizer, after epochs: Int, workNanos: Int64, publishNanos: Int64 = 0, stateNanos: Int64 = 0
    ) -> Int {
        var sizer = sizer
        for _ in 0..<epochs {
            sizer.observe(
                bytesRead: sizer.bytes, workNanos: workNanos, publishNanos: publishNanos, stateNanos: stateNanos)
        }
        return sizer.bytes
    }

    @Test func fastEpochsGrowToTheLimitAndSlowOnesShrink() {
        #expect(bytes(EpochSizer(), after: 0, workNanos: 1) == 64 << 20)
        #expect(bytes(EpochSizer(), after: 1, workNanos: 100_000_000) == 256 << 20)
        #expect(bytes(EpochSizer(), after: 1, workNanos: 3_200_000_000) == 80 << 20)
        #expect(bytes(EpochSizer(), after: 9, workNanos: 1) == 1 << 30)
        #expect(bytes(EpochSizer(), after: 9, workNanos: 60_000_000_000) == 8 << 20)
    }

    @Test func anEpochWithStateFitsItsShareOfMemory() {
        #expect(bytes(EpochSizer(maximumBytes: 128 << 20), after: 9, workNanos: 1) == 128 << 20)
        #expect(bytes(EpochSizer(maximumBytes: 16 << 20), after: 0, workNanos: 1) == 16 << 20)
        #expect(bytes(EpochSizer(maximumBytes: 1), after: 9, workNanos: 1) == 8 << 20)
    }

    @Test func goingThroughSpilledStateIsWorthALargeEpoch() {
        #expect(
            bytes(EpochSizer(maximumBytes: 128 << 20), after: 9, workNanos: 1, stateNanos: 1_000_000_000) == 1 << 30)
    }

    @Test func rowsThatStateKeepsFitIntoMemoryUntilTheEpochEnds() {
        var sizer = EpochSizer(maximumBytes: 128 << 20, maximumChangedBytes: 64 << 20)
        sizer.observe(
            bytesRead: 64 << 20, workNanos: 1, publishNanos: 0, stateNanos: 1_000_000_000,
            changes: .init(bytes: 32 << 20))
        #expect(sizer.bytes == 128 << 20)
        sizer.observe(
            bytesRead: 128 << 20, workNanos: 1, publishNanos: 0, stateNanos: 1_000_000_000,
            changes: .init(bytes: 256 << 20))
        #expect(sizer.bytes == 32 << 20)
        sizer.observe(bytesRead: 32 << 20, workNanos: 1, publishNanos: 0, changes: .init(bytes: 1 << 30))
        #expect(sizer.bytes == 8 << 20)
    }

    @Test("epochs that keep about half of what comes in them may be twice as long")
    func epochsMayOutlastWhatTheyKeep() {
        func bytes(_ shares: [Int]) -> [Int] {
            var sizer = EpochSizer(maximumBytes: 128 << 20)
            return shares.map { share in
                sizer.observe(
                    bytesRead: sizer.bytes, workNanos: 1, publishNanos: 0,
                    changes: .init(absorbedRows: 100, keptRows: share))
                return sizer.bytes >> 20
            }
        }
        #expect(bytes([50, 50, 25, 12]) == [256, 256, 256, 256])
        #expect(bytes([50, 50, 9, 18, 15]) == [256, 256, 128, 128, 128])
        #expect(bytes([100, 100, 100]) == [128, 128, 128])
        #expect(bytes([1, 1, 1]) == [128, 128, 128])
    }

    @Test func slowCommitsMakeEpochsLonger() {
        #expect(bytes(EpochSizer(), after: 1, workNanos: 8_000_000_000, publishNanos: 2_000_000_000) == 160 << 20)
    }

    @Test func epochsThatFoundLittleSayNothing() {
        var sizer = EpochSizer()
        sizer.observe(bytesRead: sizer.bytes / 2, workNanos: 1, publishNanos: 0)
        #expect(sizer.bytes == 64 << 20)
    }
}
