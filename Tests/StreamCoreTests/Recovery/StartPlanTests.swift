// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore
import Testing

struct StartPlanTests {
    private let p = SourcePartition("t-0")

    private func ranges(_ start: Int64, _ end: Int64) -> [String: SourceRanges] {
        ["s": [p: OffsetRange(start: Offset(start), end: Offset(end))]]
    }

    private func checkpoint(decided: Int64, at end: Int64, confirmed: Bool = true) -> CheckpointState {
        CheckpointState(
            offsets: ["s": [p: Offset(end)]],
            decided: DecidedEpoch(epoch: Epoch(decided), ranges: ranges(0, end), tokens: ["out": SinkToken("x")]),
            confirmed: confirmed)
    }

    private func published(_ epoch: Int64, from start: Int64, to end: Int64) -> SinkPosition {
        .published(
            Epoch(epoch),
            Provenance(
                pipeline: "p", pipelineHash: "h", epoch: Epoch(epoch), offsets: ["s": [p: Offset(end)]],
                starts: ["s": [p: Offset(start)]]))
    }

    @Test func aNewPipelineStartsAtEpochZero() throws {
        let plan = try StartPlan.decide(checkpoint: CheckpointState(), sinks: ["out": .empty], recoverFromTable: false)
        #expect(plan == StartPlan(offsets: [:], nextEpoch: .first))
    }

    @Test func aConfirmedEpochLeavesNothingToDo() throws {
        let plan = try StartPlan.decide(
            checkpoint: checkpoint(decided: 3, at: 30), sinks: ["out": published(3, from: 20, to: 30)],
            recoverFromTable: false)
        #expect(plan == StartPlan(offsets: ["s": [p: Offset(30)]], nextEpoch: Epoch(4)))
    }

    @Test func aSinkThatHadNothingInTheLastEpochMayBeBehind() throws {
        let plan = try StartPlan.decide(
            checkpoint: checkpoint(decided: 3, at: 30), sinks: ["out": published(1, from: 0, to: 10), "other": .empty],
            recoverFromTable: false)
        #expect(plan.nextEpoch == Epoch(4))
        #expect(plan.publish == nil)
    }

    @Test func aDecidedEpochIsPublishedAgain() throws {
        let state = checkpoint(decided: 3, at: 30, confirmed: false)
        let plan = try StartPlan.decide(
            checkpoint: state, sinks: ["out": published(2, from: 10, to: 20)], recoverFromTable: false)
        #expect(plan.publish == state.decided)
        #expect(plan.nextEpoch == Epoch(4))
    }

    @Test func aPlannedEpochIsReadAgainAfterThePublishing() throws {
        var state = checkpoint(decided: 3, at: 30, confirmed: false)
        state.planned = PlannedEpoch(epoch: Epoch(4), ranges: ranges(30, 44), startedMicros: 5)
        let plan = try StartPlan.decide(checkpoint: state, sinks: ["out": .empty], recoverFromTable: false)
        #expect(plan.publish == state.decided)
        #expect(plan.replay == state.planned)
        #expect(plan.nextEpoch == Epoch(5))
    }

    @Test func aLostCheckpointIsRefusedWithBothPositions() {
        let error = #expect(throws: PipelineError.self) {
            try StartPlan.decide(
                checkpoint: CheckpointState(), sinks: ["out": published(7, from: 60, to: 70)], recoverFromTable: false)
        }
        #expect(error?.code == .checkpointMismatch)
        #expect(
            error?.what == "sink 'out' has already published epoch 7 at s {t-0: 70}, but the checkpoint is empty")
        #expect(error?.hint.contains("--recover-from-table") == true)
    }

    @Test func anOldCheckpointIsRefusedWithBothPositions() {
        let error = #expect(throws: PipelineError.self) {
            try StartPlan.decide(
                checkpoint: checkpoint(decided: 3, at: 30), sinks: ["out": published(7, from: 60, to: 70)],
                recoverFromTable: false)
        }
        #expect(
            error?.what
                == "sink 'out' has already published epoch 7 at s {t-0: 70}, but the checkpoint is at epoch 3 at s {t-0: 30}"
        )
    }

    @Test("a sink that does not know its offsets goes by another one that has as late an epoch", arguments: [5, 7, 8])
    func recoveryWithASilentSink(epoch: Int64) throws {
        let sinks: [String: SinkPosition] = [
            "a": published(7, from: 60, to: 70), "b": .published(Epoch(epoch), nil),
        ]
        guard epoch <= 7 else {
            let error = #expect(throws: PipelineError.self) {
                _ = try StartPlan.decide(checkpoint: CheckpointState(), sinks: sinks, recoverFromTable: true)
            }
            #expect(error?.what == "sink 'b' has published epoch 8 but its commits do not say from which offsets")
            return
        }
        let plan = try StartPlan.decide(checkpoint: CheckpointState(), sinks: sinks, recoverFromTable: true)
        #expect(plan.nextEpoch == Epoch(8))
        #expect((plan.replay == nil) == (epoch == 7))
    }

    @Test func recoveryGoesOnAfterAnEpochThatReachedAllSinks() throws {
        let plan = try StartPlan.decide(
            checkpoint: CheckpointState(),
            sinks: ["a": published(7, from: 60, to: 70), "b": published(7, from: 60, to: 70)], recoverFromTable: true)
        #expect(plan == StartPlan(offsets: ["s": [p: Offset(70)]], nextEpoch: Epoch(8)))
    }

    @Test func recoveryReadsAnEpochAgainThatReachedOnlySomeSinks() throws {
        let plan = try StartPlan.decide(
            checkpoint: CheckpointState(),
            sinks: ["a": published(7, from: 60, to: 70), "b": published(6, from: 50, to: 60)], recoverFromTable: true)
        #expect(plan.replay == PlannedEpoch(epoch: Epoch(7), ranges: ranges(60, 70), startedMicros: nil))
        #expect(plan.offsets == ["s": [p: Offset(70)]])
        #expect(plan.nextEpoch == Epoch(8))
    }

    @Test func recoveryWithoutRecordedOffsetsIsRefused() {
        let error = #expect(throws: PipelineError.self) {
            try StartPlan.decide(
                checkpoint: CheckpointState(), sinks: ["out": .published(Epoch(7), nil)], recoverFromTable: true)
        }
        #expect(error?.code == .checkpointMismatch)
    }
}
