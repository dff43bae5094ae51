// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Testing

@testable import App

struct TrialSourceTests {
    /// A source whose place never answers, as a broker that is down.
    private final class SilentSource: Source {
        let schema = Schema([])

        func plan(after committed: SourceOffsets, limits: EpochLimits) async throws(PipelineError) -> SourceRanges {
            while !Task.isCancelled { await Task.yield() }
            throw PipelineError(.interrupted, "cancelled")
        }

        func standing(after offsets: SourceOffsets) -> [SourcePartition: PartitionStanding]? { nil }

        func open(
            _ partition: SourcePartition, _ range: OffsetRange
        ) async throws(PipelineError) -> any PartitionReader { throw PipelineError(.interrupted, "not asked for") }

        func release(_ offsets: SourceOffsets) async throws(PipelineError) { Issue.record("released") }

        func close() async {}
    }

    @Test func placeThatDoesNotAnswerIsGivenUp() async throws {
        let source = TrialSource(SilentSource(), patienceMicros: 1_000)
        let error = await #expect(throws: PipelineError.self) {
            try await source.plan(after: [:], limits: EpochLimits())
        }
        #expect(error?.code == .sourceUnavailable)
        #expect(error?.what == "the source gave no answer within 1 ms")
        try await source.release([:])
    }
}
