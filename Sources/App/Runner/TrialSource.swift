// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// A source of which only a trial is read: nothing is let go of, so that no file is moved and no offset of a group committed, and a place
/// that does not answer is not waited for as a running pipeline does.
final class TrialSource: Source {
    private let source: any Source

    private let patienceMicros: Int64

    /// A trial of a source.
    init(_ source: any Source, patienceMicros: Int64 = Patience.micros) {
        self.source = source
        self.patienceMicros = patienceMicros
    }

    var schema: Schema { source.schema }
    var idlePollNanos: Int64 { source.idlePollNanos }

    func plan(after committed: SourceOffsets, limits: EpochLimits) async throws(PipelineError) -> SourceRanges {
        try await Patience.wait(for: "the source", micros: patienceMicros) { [source] in
            do throws(PipelineError) {
                let ranges = try await source.plan(after: committed, limits: limits)
                return .success(ranges)
            } catch {
                return .failure(error)
            }
        }
    }

    func standing(after offsets: SourceOffsets) -> [SourcePartition: PartitionStanding]? {
        source.standing(after: offsets)
    }

    func open(
        _ partition: SourcePartition, _ range: OffsetRange
    ) async throws(PipelineError) -> any PartitionReader {
        try await source.open(partition, range)
    }

    func pieces(
        of range: OffsetRange, in partition: SourcePartition, atMost count: Int
    ) async throws(PipelineError) -> [OffsetRange] {
        try await source.pieces(of: range, in: partition, atMost: count)
    }

    func release(_ offsets: SourceOffsets) async throws(PipelineError) {}

    func close() async { await source.close() }
}
