// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// Which files hold the state of one operator: slices of snapshots and the changes of epochs. Decides, and touches no file.
struct StateIndex: Hashable, Sendable {
    /// The first epoch whose changes belong to the state; it was empty before.
    var birth: Epoch
    var files: [StateFile] = []
    var slices: [StateSlice] = []

    /// One step of restoring.
    enum Step: Hashable {
        /// Gives the rows of a file that belong to these key groups.
        case rows(StateFile, groups: Set<Int>)
        /// Everything up to and of this epoch has been given.
        case end(Epoch)
    }

    /// For each key group the epoch at whose end a snapshot holds it, at most `epoch`; the one before `birth` where there is none.
    func bases(at epoch: Epoch) -> [Epoch] {
        var bases = [Epoch](repeating: Epoch(birth.number - 1), count: KeyGroups.count)
        for slice in slices where slice.epoch <= epoch && slice.epoch >= birth {
            for group in slice.groups { bases[group] = max(bases[group], slice.epoch) }
        }
        return bases
    }

    /// How to restore the state as of the end of `epoch`.
    ///
    /// Epochs in order; of each first the changes, of those key groups whose snapshot is older, then the slices of snapshots.
    func steps(at epoch: Epoch) -> [Step] {
        let bases = bases(at: epoch)
        let wanted = files.filter { $0.epoch >= birth && $0.epoch <= epoch }.sorted {
            ($0.epoch.number, $0.kind == .snapshot ? 1 : 0, $0.groups.lowerBound, $0.sequence)
                < ($1.epoch.number, $1.kind == .snapshot ? 1 : 0, $1.groups.lowerBound, $1.sequence)
        }
        var steps: [Step] = []
        var current: Epoch?
        for file in wanted {
            let groups = needed(file, bases)
            if groups.isEmpty { continue }
            if let ended = current, ended != file.epoch { steps.append(.end(ended)) }
            current = file.epoch
            steps.append(.rows(file, groups: groups))
        }
        if let ended = current, ended != epoch { steps.append(.end(ended)) }
        if epoch >= birth { steps.append(.end(epoch)) }
        return steps
    }

    private func needed(_ file: StateFile, _ bases: [Epoch]) -> Set<Int> {
        switch file.kind {
        case .changes: Set(file.groups.filter { bases[$0] < file.epoch })
        case .snapshot: Set(file.groups.filter { bases[$0] == file.epoch })
        }
    }

    /// How many bytes of changelogs a restore of the newest state reads.
    var changelogBytes: Int { files.reduce(0) { $0 + ($1.kind == .changes ? $1.byteCount : 0) } }

    /// Lets go of what belongs to epochs before one, and gives it.
    mutating func remove(before epoch: Epoch) -> (files: [StateFile], slices: [StateSlice]) {
        let old = (files: files.filter { $0.epoch < epoch }, slices: slices.filter { $0.epoch < epoch })
        files.removeAll { $0.epoch < epoch }
        slices.removeAll { $0.epoch < epoch }
        return old
    }

    /// Takes what an epoch adds, and gives what nothing needs any more to restore the newest state.
    mutating func add(
        files added: [StateFile], slices finished: [StateSlice]
    ) -> (files: [StateFile], slices: [StateSlice]) {
        files += added
        slices += finished
        if finished.isEmpty { return ([], []) }
        let bases = bases(at: Epoch(.max))
        let oldFiles = files.filter { needed($0, bases).isEmpty }
        let oldSlices = slices.filter { slice in !slice.groups.contains { bases[$0] == slice.epoch } }
        let (deadFiles, deadSlices) = (Set(oldFiles.map(\.path)), Set(oldSlices))
        files.removeAll { deadFiles.contains($0.path) }
        slices.removeAll { deadSlices.contains($0) }
        return (oldFiles, oldSlices)
    }
}
