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
        #expect(bytes(EpochSizer(), after: 1, workNanos: 100_000_000) == 128 << 20)
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
            bytesRead: 64 << 20, workNanos: 1, publishNanos: 0, stateNanos: 1_000_000_000, changedBytes: 32 << 20)
        #expect(sizer.bytes == 128 << 20)
        sizer.observe(
            bytesRead: 128 << 20, workNanos: 1, publishNanos: 0, stateNanos: 1_000_000_000, changedBytes: 256 << 20)
        #expect(sizer.bytes == 32 << 20)
        sizer.observe(bytesRead: 32 << 20, workNanos: 1, publishNanos: 0, changedBytes: 1 << 30)
        #expect(sizer.bytes == 8 << 20)
    }

    @Test func slowCommitsMakeEpochsLonger() {
        #expect(bytes(EpochSizer(), after: 1, workNanos: 8_000_000_000, publishNanos: 2_000_000_000) == 128 << 20)
    }

    @Test func epochsThatFoundLittleSayNothing() {
        var sizer = EpochSizer()
        sizer.observe(bytesRead: sizer.bytes / 2, workNanos: 1, publishNanos: 0)
        #expect(sizer.bytes == 64 << 20)
    }
}
