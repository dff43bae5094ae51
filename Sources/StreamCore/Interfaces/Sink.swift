// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// Something that an epoch's rows are committed to, exactly once.
public protocol Sink: Sendable {
    /// What this sink guarantees, and what it has already published for this pipeline; asked once at start-up.
    func recover() async throws(PipelineError) -> SinkPosition

    /// A writer for one worker's share of an epoch. Nothing it writes is visible before `publish`.
    func makeWriter(for epoch: Epoch) throws(PipelineError) -> any SinkWriter

    /// Makes the epoch's output durable but invisible, and returns a token that survives a crash.
    func prepare(_ epoch: Epoch, writers: [any SinkWriter]) async throws(PipelineError) -> SinkToken

    /// Makes the output visible. Idempotent: a repeated call with the same token settles an unknown outcome.
    func publish(_ epoch: Epoch, _ token: SinkToken, provenance: Provenance) async throws(PipelineError)
        -> PublishOutcome

    /// Stops background work. No call follows.
    func close() async
}

/// Takes one worker's rows of one epoch. Used by one task at a time.
public protocol SinkWriter: AnyObject, Sendable {
    /// Adds rows. Does not wait for disks.
    func append(_ batch: ColumnBatch) throws(PipelineError)
}

/// What `prepare` made, as text that only the sink understands; kept in the checkpoint.
public struct SinkToken: Hashable, Sendable {
    /// The text; empty when the epoch had no rows for this sink.
    public let text: String
    /// How many files it prepared, for progress; not kept in the checkpoint and no part of equality.
    public let fileCount: Int

    /// A token.
    public init(_ text: String, fileCount: Int = 0) {
        self.text = text
        self.fileCount = fileCount
    }

    /// By text.
    public static func == (left: SinkToken, right: SinkToken) -> Bool { left.text == right.text }

    /// By text.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// The outcome of `publish`.
public enum PublishOutcome: Hashable, Sendable {
    /// Visible now, as the sink's `version` (a Delta table version) where it has one.
    case published(version: Int64?)
    /// It was visible before this call.
    case alreadyPublished
    /// The epoch had nothing for this sink, and nothing was written.
    case nothingToPublish
}

/// What a sink knows of this pipeline's earlier epochs.
public enum SinkPosition: Hashable, Sendable {
    /// It keeps no memory of epochs (console).
    case forgetful
    /// Nothing of this pipeline has been published.
    case empty
    /// The last published epoch, and where it came from, as far as the sink recorded it.
    case published(Epoch, Provenance?)
}
