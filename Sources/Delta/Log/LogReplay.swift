// SPDX-License-Identifier: Apache-2.0
import Failures

/// A log as it is replayed, with the files or without.
struct LogReplay {
    private var head = HeadState()
    /// `nil` when files are not wanted.
    private var files: FileState?
    private var counts: FileCounts
    private var info: CommitInfo?

    /// - Parameter checkpoint: where the replay begins; `nil` stands for the first commit.
    init(keepingFiles: Bool, from checkpoint: TableVersion?) {
        files = keepingFiles ? FileState() : nil
        counts = checkpoint.map { FileCounts(uncertainSince: $0) } ?? FileCounts(files: 0, bytes: 0)
    }

    /// The actions of a table checkpoint that are wanted.
    var actionNames: Set<String> {
        files == nil ? HeadState.actionNames : HeadState.actionNames.union(FileState.actionNames)
    }

    /// Applies an action of a table checkpoint.
    mutating func apply(_ action: Action) {
        head.apply(action)
        files?.apply(action)
    }

    mutating func apply(_ commit: LogReader.Commit) {
        for action in commit.actions { head.apply(action) }
        files?.apply(commit: commit.actions)
        counts.apply(commit.actions, commit.info)
        info = commit.info
    }

    /// Applies the reconciled actions of several commits; what became of files in between is not known.
    mutating func apply(compacted actions: [Action], through version: TableVersion) {
        for action in actions { head.apply(action) }
        files?.apply(commit: actions)
        counts.uncertainSince = version
    }

    /// Takes the counts of the version that was reached from its `.crc` file.
    mutating func recount(_ known: FileCounts) { counts = known }

    func finishHead(_ version: TableVersion, checkpoint: TableVersion?) throws(PipelineError) -> TableHead {
        var counts = counts
        if let files { counts = FileCounts(files: files.files.count, bytes: files.byteCount) }
        return try TableHead(
            version: version, state: head, counts: counts, commitInfo: info, checkpointVersion: checkpoint)
    }

    func finishSnapshot(_ version: TableVersion, checkpoint: TableVersion?) throws(PipelineError) -> TableSnapshot {
        TableSnapshot(head: try finishHead(version, checkpoint: checkpoint), state: files ?? FileState())
    }
}
