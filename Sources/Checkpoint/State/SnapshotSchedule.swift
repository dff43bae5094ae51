// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// When slices of an operator's snapshot come due: so that snapshots write about as many bytes as changelogs do, and a restore reads
/// no more than a few times the state.
struct SnapshotSchedule: Hashable, Sendable {
    /// Bytes of changelogs since the last slice, less what that slice was expected to cost.
    private(set) var changedBytes = 0
    /// Epochs with changes since the last slice.
    private(set) var changedEpochs = 0
    private var bytesPerRow = 32.0
    /// Whether a slice is being written.
    var isWriting = false

    /// A slice is made of about so much state.
    static let sliceBytes = 4 << 20
    /// A slice is not worth its files before so many bytes have changed.
    static let minimumBytes = 256 << 10
    /// All of the state is in snapshots made within so many epochs, lest changelogs become too many files.
    static let maximumEpochs = 256
    private static let maximumSlices = 32

    /// Notes the changelog of an epoch.
    mutating func note(byteCount: Int, rowCount: Int) {
        guard rowCount > 0 else { return }
        changedBytes += byteCount
        changedEpochs += 1
        bytesPerRow = bytesPerRow * 0.75 + Double(byteCount) / Double(rowCount) * 0.25
    }

    /// Notes that changelogs are not needed any more, though no slice has taken their place.
    mutating func forget(byteCount: Int) { changedBytes = max(0, changedBytes - byteCount) }

    /// The key groups whose turn it is, those with the oldest snapshot; `nil` when none is due.
    ///
    /// - Parameter changelogBytes: how much of changelogs a restore would read.
    mutating func due(_ size: StateSize, bases: [Epoch], changelogBytes: Int) -> Range<Int>? {
        guard !isWriting, changedEpochs > 0, let oldest = bases.min(), let first = bases.firstIndex(of: oldest) else {
            return nil
        }
        let stateBytes = Int(Double(size.rows) * bytesPerRow)
        var slices = 1
        while slices < Self.maximumSlices && stateBytes / slices > Self.sliceBytes { slices *= 2 }
        let cost = max(stateBytes / slices, Self.minimumBytes)
        // State that goes as fast as it comes is in its last changelogs anyway.
        let isWorthwhile = changedBytes >= cost && changelogBytes / 3 >= stateBytes / 2
        guard isWorthwhile || changedEpochs >= Self.maximumEpochs / slices else { return nil }
        changedBytes = max(0, changedBytes - cost)
        changedEpochs = 0
        isWriting = true
        let width = KeyGroups.count / slices
        let start = first / width * width
        return start..<(start + width)
    }
}
