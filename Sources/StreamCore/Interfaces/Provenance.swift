// SPDX-License-Identifier: Apache-2.0

/// What made an epoch; written into every Delta commit under `commitInfo.millrace`, read back by start-up reconciliation.
public struct Provenance: Hashable, Sendable {
    /// The pipeline's name.
    public var pipeline: String
    /// SHA-256 over the pipeline's definition, in hex; without secrets.
    public var pipelineHash: String
    /// The epoch.
    public var epoch: Epoch
    /// Where each source stands after the epoch: for Kafka all partitions, for files the ones this epoch read.
    public var offsets: [String: SourceOffsets]
    /// Where the partitions that this epoch read stood before it; lets a half-published epoch be read again without a checkpoint.
    public var starts: [String: SourceOffsets]
    /// The watermark of each source that has one, µs since 1970 UTC.
    public var watermarks: [String: Int64]

    /// A provenance.
    public init(
        pipeline: String, pipelineHash: String, epoch: Epoch, offsets: [String: SourceOffsets],
        starts: [String: SourceOffsets] = [:], watermarks: [String: Int64] = [:]
    ) {
        self.pipeline = pipeline
        self.pipelineHash = pipelineHash
        self.epoch = epoch
        self.offsets = offsets
        self.starts = starts
        self.watermarks = watermarks
    }
}
