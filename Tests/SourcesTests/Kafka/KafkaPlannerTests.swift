// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import StreamCore
import Testing

@testable import Sources

struct KafkaPlannerTests {
    private let first = KafkaPartition("t", 0)
    private let second = KafkaPartition("t", 1)

    private func bounds(_ earliest: Int64, _ latest: Int64) -> KafkaPlanner.Bounds {
        KafkaPlanner.Bounds(earliest: earliest, latest: latest)
    }

    private func range(_ start: Int64, _ end: Int64) -> OffsetRange {
        OffsetRange(start: Offset(start), end: Offset(end))
    }

    @Test func anEpochGoesFromTheCheckpointToTheEnd() throws {
        let plan = try KafkaPlanner(onDataLoss: .fail).plan(
            after: [first: 10, second: 7], [first: bounds(3, 25), second: bounds(0, 7)])
        #expect(plan.ranges == [SourcePartition("t-0"): range(10, 25)])
        #expect(plan.gaps == [])
    }

    @Test func aPartitionTheCheckpointDoesNotKnowStartsAtItsBeginning() throws {
        let plan = try KafkaPlanner(onDataLoss: .fail).plan(
            after: [first: 25], [first: bounds(3, 25), second: bounds(4, 9)])
        #expect(plan.ranges == [SourcePartition("t-1"): range(4, 9)])
    }

    @Test func aFirstStartIsRememberedEvenWithNothingToRead() throws {
        let planner = KafkaPlanner(onDataLoss: .fail, firstStarts: [first: 25])
        #expect(try planner.plan(after: [:], [first: bounds(0, 25)]).ranges == [SourcePartition("t-0"): range(25, 25)])
        #expect(try planner.plan(after: [first: 25], [first: bounds(0, 25)]).ranges == [:])
    }

    @Test func recordsThatAreGoneStopThePipelineWithBothOffsets() {
        let error = #expect(throws: PipelineError.self) {
            _ = try KafkaPlanner(onDataLoss: .fail).plan(after: [first: 10], [first: bounds(15, 25)])
        }
        #expect(error?.code == .dataLoss)
        #expect(error?.what.contains("offset 10 to 14 of topic 't'") == true)
        #expect(error?.what.contains("begins at 15") == true)
        #expect(error?.hint.contains("\"onDataLoss\": \"continue\"") == true)
    }

    @Test func recordsThatAreGoneAreCountedWhenThePipelineSaysSo() throws {
        let planner = KafkaPlanner(onDataLoss: .continue)
        let plan = try planner.plan(after: [first: 10], [first: bounds(15, 25)])
        #expect(plan.ranges == [SourcePartition("t-0"): range(15, 25)])
        #expect(plan.gaps == [KafkaPlanner.Gap(partition: first, from: 10, to: 15)])
        // The gap is remembered by the checkpoint even if nothing follows it, so that it is counted once.
        #expect(
            try planner.plan(after: [first: 10], [first: bounds(15, 15)]).ranges == [
                SourcePartition("t-0"): range(15, 15)
            ])
    }

    @Test func aLogThatEndsBeforeTheCheckpointIsAnotherTopic() {
        let error = #expect(throws: PipelineError.self) {
            _ = try KafkaPlanner(onDataLoss: .continue).plan(after: [first: 10], [first: bounds(0, 4)])
        }
        #expect(error?.code == .topicRecreated)
    }

    @Test func aStartPastTheEndIsTheUsersMistake() {
        let error = #expect(throws: PipelineError.self) {
            _ = try KafkaPlanner(onDataLoss: .fail, firstStarts: [first: 30]).plan(after: [:], [first: bounds(0, 4)])
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test func aRunWithAnEndReadsNothingThatCameLater() throws {
        let planner = KafkaPlanner(onDataLoss: .fail, finalEnds: [first: 20, second: 0])
        let plan = try planner.plan(after: [first: 10], [first: bounds(0, 100), second: bounds(0, 50)])
        #expect(plan.ranges == [SourcePartition("t-0"): range(10, 20)])
        #expect(try planner.plan(after: [first: 20], [first: bounds(0, 100)]).ranges == [:])
    }

    @Test func aBoundIsSharedByLag() throws {
        let plan = try KafkaPlanner(onDataLoss: .fail, recordLimit: 100).plan(
            after: [:], [first: bounds(0, 900), second: bounds(50, 150)])
        #expect(plan.ranges == [SourcePartition("t-0"): range(0, 90), SourcePartition("t-1"): range(50, 60)])
    }
}
