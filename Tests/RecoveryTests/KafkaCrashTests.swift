// SPDX-License-Identifier: Apache-2.0
import Foundation
import Sinks
import StreamCore
import StreamTesting
import Testing

@Suite(
    .enabled(
        if: KafkaBroker.has(.apacheKafka) && DeltaReader.python != nil,
        "needs Apache Kafka (MILLRACE_KAFKA) and MILLRACE_PYTHON with deltalake"), .timeLimit(.minutes(10)))
struct KafkaCrashTests {
    private static var steps: [String] {
        CrashPoint.allCases.map(\.rawValue) + KafkaSink.Step.allCases.map(\.rawValue)
    }

    @Test func crashesAtEveryStepWithKafkaOnBothSidesAreRepaired() async throws {
        let workspace = try await KafkaWorkspace()
        var count = 0
        for step in Self.steps {
            // Three epochs, the second of which crashes.
            try await workspace.send(count..<count + 30)
            let epoch = count / 10 + 1
            count += 30
            let crashed = try await workspace.run(crashAt: "\(step)@\(epoch)")
            #expect(crashed.status == 99, "\(step): \(crashed.errors)")
            let repaired = try await workspace.run()
            #expect(repaired.status == 0, "\(step): \(repaired.errors)")
            try await workspace.expectExact(count)
        }
    }

    @Test(arguments: [KafkaSink.Step.begun, .produced, .committed])
    func crashesInTheVeryFirstTransactionOfASinkAreRepaired(step: KafkaSink.Step) async throws {
        let workspace = try await KafkaWorkspace()
        try await workspace.send(0..<20)
        // Epoch 0 finds a topic in which nothing is published yet, and says so in a transaction of its own.
        let crashed = try await workspace.run(crashAt: "\(step.rawValue)@0")
        #expect(crashed.status == 99, "\(crashed.errors)")
        try await workspace.runWell()
        try await workspace.expectExact(20)
    }

    @Test func aLostCheckpointIsRefusedAndTheTopicTellsWhereToGoOn() async throws {
        let workspace = try await KafkaWorkspace()
        try await workspace.send(0..<20)
        try await workspace.runWell()
        try FileManager.default.removeItem(atPath: workspace.folder.path + "/state")
        try await workspace.send(20..<30)
        let refused = try await workspace.run()
        #expect(refused.status == 4, "\(refused.errors)")
        #expect(refused.errors.contains("has already published epoch 1"), "\(refused.errors)")
        let recovered = try await workspace.run(["--recover-from-table"])
        #expect(recovered.status == 0, "\(recovered.errors)")
        try await workspace.expectExact(30)
    }

    @Test func anOlderCopyOfThePipelineIsRefusedOnceTheNewerOneHasPublished() async throws {
        let workspace = try await KafkaWorkspace()
        try await workspace.send(0..<10)
        try await workspace.runWell()
        let state = workspace.folder.path + "/state"
        try FileManager.default.copyItem(atPath: state, toPath: state + "-copy")
        try await workspace.send(10..<20)
        try await workspace.runWell()
        let copy = try await workspace.run(["--set", "checkpoint=state-copy"])
        #expect(copy.status == 4, "\(copy.errors)")
        try await workspace.expectExact(20)
    }

    @Test func aRunningZombieIsFencedByALaterRunOnACopyOfItsCheckpoint() async throws {
        let workspace = try await KafkaWorkspace()
        try await workspace.send(0..<10)
        try await workspace.runWell()
        let state = workspace.folder.path + "/state"
        // The Delta table would tell them apart first.
        let only = [
            "--set", "sinks.table.appId=zombie-\(workspace.output)", "--set", "sinks.table.table=zombie-table",
        ]
        let zombie = try MillraceProcess.start(
            ["run", "p.json", "--progress", "json", "--set", "trigger={\"interval\":\"10 ms\"}"] + only,
            in: workspace.url)
        try await workspace.send(10..<20)
        await zombie.wait { !zombie.output.isEmpty }
        try FileManager.default.copyItem(atPath: state, toPath: state + "-copy")
        try? FileManager.default.removeItem(atPath: state + "-copy/lock")
        // The later run takes over, with nothing to do yet; then both find the same records.
        try await workspace.runWell(["--set", "checkpoint=state-copy"] + only)
        try await workspace.send(20..<30)
        let limit = Task {
            try await Task.sleep(for: .seconds(60))
            _ = await zombie.stop()
        }
        let ended = await zombie.end()
        limit.cancel()
        #expect(ended.status == 4, "\(ended.errors)")
        #expect(ended.errors.contains("fenced"), "\(ended.errors)")
        let topic = try await KafkaReader.lines(
            of: workspace.output, brokers: workspace.broker.brokers, format: "%k")
        #expect(Set(topic).count == topic.count)
    }
}
