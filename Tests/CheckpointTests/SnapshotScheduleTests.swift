// SPDX-License-Identifier: Apache-2.0
import StreamCore
import Testing

@testable import Checkpoint

struct SnapshotScheduleTests {
    private let none = [Epoch](repeating: Epoch(-1), count: KeyGroups.count)
    private let minimum = SnapshotSchedule.minimumBytes

    /// State of so many bytes, when all changes had 32 bytes a row.
    private func state(bytes: Int) -> StateSize { StateSize(rows: bytes / 32) }

    /// A changelog of 32 bytes a row.
    private func note(_ bytes: Int, in schedule: inout SnapshotSchedule) {
        schedule.note(byteCount: bytes, rowCount: bytes / 32)
    }

    @Test func nothingIsDueBeforeEnoughHasChanged() {
        var schedule = SnapshotSchedule()
        #expect(schedule.due(state(bytes: 100), bases: none) == nil)
        note(minimum - 32, in: &schedule)
        #expect(schedule.due(state(bytes: 100), bases: none) == nil)
        schedule.note(byteCount: 1 << 30, rowCount: 0)
        #expect(schedule.due(state(bytes: 100), bases: none) == nil)
        note(32, in: &schedule)
        #expect(schedule.due(state(bytes: 100), bases: none) == 0..<KeyGroups.count)
    }

    @Test func stateThatIsHardlyMoreThanItsChangelogsNeedsNoSlice() {
        var schedule = SnapshotSchedule()
        let state = state(bytes: 4 << 20)
        note(8 << 20, in: &schedule)
        #expect(schedule.due(state, bases: none, changelogBytes: 5 << 20) == nil)
        #expect(schedule.due(state, bases: none, changelogBytes: 6 << 20) != nil)
        schedule.isWriting = false
        #expect(schedule.changedBytes == 4 << 20)
        schedule.forget(byteCount: 1 << 20)
        #expect(schedule.changedBytes == 3 << 20)
        schedule.forget(byteCount: 4 << 20)
        #expect(schedule.changedBytes == 0)
        // Too many files are too many, however small.
        for _ in 0..<SnapshotSchedule.maximumEpochs { note(32, in: &schedule) }
        #expect(schedule.due(state, bases: none, changelogBytes: 5 << 20) != nil)
    }

    @Test func aSliceThatIsBeingWrittenHoldsTheNext() {
        var schedule = SnapshotSchedule()
        note(minimum, in: &schedule)
        #expect(schedule.due(state(bytes: 100), bases: none) != nil)
        note(minimum, in: &schedule)
        #expect(schedule.due(state(bytes: 100), bases: none) == nil)
        schedule.isWriting = false
        #expect(schedule.due(state(bytes: 100), bases: none) != nil)
    }

    @Test func aSliceCostsWhatItIsExpectedToWrite() {
        var schedule = SnapshotSchedule()
        note(3 << 20, in: &schedule)
        #expect(schedule.due(state(bytes: 2 << 20), bases: none) == 0..<KeyGroups.count)
        #expect(schedule.changedBytes == 1 << 20)
        #expect(schedule.changedEpochs == 0)
        schedule.isWriting = false
        // What is left over counts, but not without a change.
        #expect(schedule.due(state(bytes: 1 << 20), bases: none) == nil)
        note(32, in: &schedule)
        #expect(schedule.due(state(bytes: 1 << 20), bases: none) != nil)
    }

    @Test(arguments: [(4 << 20, 128), (8 << 20, 64), (9 << 20, 32), (16 << 20, 32), (1 << 30, 4)])
    func largeStateIsCutIntoSlices(bytes: Int, width: Int) {
        var schedule = SnapshotSchedule()
        note(64 << 20, in: &schedule)
        #expect(schedule.due(state(bytes: bytes), bases: none) == 0..<width)
    }

    @Test func theGroupsWithTheOldestSnapshotComeFirst() {
        var schedule = SnapshotSchedule()
        note(64 << 20, in: &schedule)
        var bases = (0..<KeyGroups.count).map { Epoch(Int64(100 + $0)) }
        bases[70] = Epoch(5)
        // The slice of 32 groups that group 70 is in.
        #expect(schedule.due(state(bytes: 16 << 20), bases: bases) == 64..<96)
    }

    @Test func slicesComeInTurnAndHoldAllOfTheState() {
        var schedule = SnapshotSchedule()
        var bases = none
        var written: [Range<Int>] = []
        for epoch in 0..<Int64(8) {
            note(4 << 20, in: &schedule)
            guard let slice = schedule.due(state(bytes: 16 << 20), bases: bases) else {
                Issue.record("no slice is due in epoch \(epoch)")
                continue
            }
            for group in slice { bases[group] = Epoch(epoch) }
            schedule.isWriting = false
            written.append(slice)
        }
        #expect(written == [0..<32, 32..<64, 64..<96, 96..<128, 0..<32, 32..<64, 64..<96, 96..<128])
    }

    @Test(arguments: [(1 << 20, 256), (8 << 20, 128), (1 << 30, 8)])
    func manySmallChangelogsMakeASliceDue(bytes: Int, epochs: Int) {
        var schedule = SnapshotSchedule()
        for epoch in 1...epochs {
            note(32, in: &schedule)
            let due = schedule.due(state(bytes: bytes), bases: none)
            #expect((due != nil) == (epoch == epochs), "epoch \(epoch)")
        }
    }

    @Test func theBytesOfARowAreLearntFromChangelogs() {
        var schedule = SnapshotSchedule()
        // Rows of 1,000 bytes: an estimate that still believed in 32 would make one slice of a million rows' worth.
        for _ in 0..<20 { schedule.note(byteCount: 1_000_000, rowCount: 1_000) }
        #expect(schedule.due(StateSize(rows: 8_000), bases: none) == 0..<64)
    }

    @Test func groupsThatNobodyKeepsHaveNoSlice() {
        var schedule = SnapshotSchedule()
        note(64 << 20, in: &schedule)
        #expect(schedule.due(state(bytes: 1), bases: []) == nil)
    }
}

extension SnapshotSchedule {
    /// What is due where changelogs outweigh all state.
    fileprivate mutating func due(_ size: StateSize, bases: [Epoch]) -> Range<Int>? {
        due(size, bases: bases, changelogBytes: .max)
    }
}
