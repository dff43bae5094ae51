// SPDX-License-Identifier: Apache-2.0
public import Failures

/// Where the state of operators survives: one changelog an epoch, and snapshots made a slice of key groups at a time.
///
/// Files that no decided epoch refers to are leftovers of a crash; the store removes them when it opens. Every file has a
/// checksum and a format version, and holds typed columns.
public protocol StateStore: Sendable {
    /// The operators whose state the checkpoint holds, by name.
    func operators() async throws(PipelineError) -> [String: OperatorIdentity]

    /// Makes these the operators of the checkpoint: state of others, and of those in `dropping`, is let go of. State of an operator whose
    /// meaning is another than before stays as it was written; what is written from now on has the new meaning.
    func register(_ identities: [OperatorIdentity], dropping: Set<String>) async throws(PipelineError)

    /// Makes the changes of an epoch durable, by operator. Nothing refers to them until a decided epoch carries the token.
    func write(_ epoch: Epoch, _ changes: [String: [StateRows]]) async throws(PipelineError) -> StateToken

    /// Takes note that no row of an operator's state came before an epoch: what was written for earlier ones is not needed any more. Does not
    /// count before the next epoch is decided.
    func forget(_ operatorName: String, before epoch: Epoch)

    /// Which key groups of an operator should be given as a snapshot at the end of this epoch; `nil` when none is due.
    ///
    /// Slices come due in turn, as the changelogs since an operator's last slices outgrow its state.
    func snapshotDue(_ operatorName: String, size: StateSize) -> Range<Int>?

    /// Takes a slice of a snapshot; written while the epoch loop goes on, and referred to by a later decided epoch.
    func snapshot(_ epoch: Epoch, _ operatorName: String, groups: Range<Int>, _ rows: [StateRows])

    /// Gives an operator's state as of the last decided epoch, in order: of each snapshot slice and each later epoch the rows.
    ///
    /// Rows of an epoch that a key group's snapshot already holds are left out. Throws `corruptCheckpoint` with the file.
    func restore(
        _ operatorName: String, _ give: @Sendable (StateRecord) throws(PipelineError) -> Void
    ) async throws(PipelineError)

    /// Waits for what is being written, and releases everything.
    func close() async
}

/// What `StateStore.write` made, as text that only the store understands; kept in the checkpoint with the epoch.
public struct StateToken: Hashable, Sendable {
    /// The text; empty when the epoch changed no state.
    public let text: String

    /// A token.
    public init(_ text: String) { self.text = text }
}

/// A piece of restored state.
public enum StateRecord: Sendable {
    /// Rows of a snapshot or of an epoch's changes as they were written, and what the operator's state has meant since then: oldest first, from
    /// the meaning that they were written under to the newest.
    case rows(StateRows, meanings: [OperatorIdentity])
    /// All rows up to and of this epoch have been given; the operator's watermark was then this.
    case endOfEpoch(Epoch, watermark: Watermark)
}
