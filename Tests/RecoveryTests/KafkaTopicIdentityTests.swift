// SPDX-License-Identifier: Apache-2.0
import StreamTesting
import Testing

/// A topic that is deleted, created again and filled beyond what was read, while no process of the pipeline runs.
@Suite(
    .enabled(
        if: KafkaBroker.has(.apacheKafka) && DeltaReader.python != nil,
        "needs Apache Kafka (MILLRACE_KAFKA) and MILLRACE_PYTHON with deltalake"), .timeLimit(.minutes(10)))
struct KafkaTopicIdentityTests {
    private func expectRefusal(_ outcome: MillraceProcess.Outcome, of workspace: KafkaWorkspace, offset: Int) {
        #expect(outcome.status == 3, "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                "topicRecreated: the topic '\(workspace.input)' was deleted and created again: "
                    + "at offset \(offset) this pipeline has read a record of 20"), "\(outcome.errors)")
    }

    @Test func theFirstRunAfterTheTopicWasReplacedRefusesAndChangesNothing() async throws {
        let workspace = try await KafkaWorkspace()
        try await workspace.send(0..<20)
        try await workspace.runWell()
        try await workspace.recreateInput(1000..<1100)
        for _ in 0..<2 { expectRefusal(try await workspace.run(), of: workspace, offset: 9) }
        try await workspace.expectExact(20)
    }

    @Test func anEpochThatWasPlannedIsNotReadFromTheNewTopic() async throws {
        let workspace = try await KafkaWorkspace()
        try await workspace.send(0..<20)
        try await workspace.runWell()
        try await workspace.send(20..<30)
        let crashed = try await workspace.run(crashAt: "plan.after@2")
        #expect(crashed.status == 99, "\(crashed.errors)")
        try await workspace.recreateInput(1000..<1100)
        expectRefusal(try await workspace.run(), of: workspace, offset: 9)
        try await workspace.expectExact(20)
    }

    @Test func theSameTopicIsReadOnAfterEachRun() async throws {
        let workspace = try await KafkaWorkspace()
        for end in [20, 40, 60] {
            try await workspace.send(end - 20..<end)
            try await workspace.runWell()
            try await workspace.runWell()
        }
        try await workspace.expectExact(60)
    }
}
