// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore

/// The files of a table's log that matter for one version of it.
struct LogListing {
    /// A table checkpoint and the files it consists of.
    struct Checkpoint {
        let version: TableVersion
        let files: [ObjectInfo]
    }

    /// The actions of a range of commits, reconciled.
    struct Compaction {
        let start: TableVersion
        let end: TableVersion
        let key: String
    }

    /// One step of a replay.
    enum Step {
        case commit(TableVersion, ObjectInfo)
        case compaction(Compaction)
    }

    /// Commits by version.
    private(set) var commits: [TableVersion: ObjectInfo] = [:]
    /// Log compactions by the first version they stand for, those that reach furthest first.
    private(set) var compactions: [TableVersion: [Compaction]] = [:]
    /// The versions that have a `.crc` file.
    private(set) var checksums: [TableVersion] = []
    /// Complete table checkpoints, oldest first.
    private(set) var checkpoints: [Checkpoint] = []

    init(_ objects: [ObjectInfo]) {
        var parts: [TableVersion: [Int: [Int: ObjectInfo]]] = [:]
        for object in objects {
            switch LogFileName(object.name) {
            case .commit(let version): commits[version] = object
            case .checkpoint(let version, .part(let part, let count)):
                parts[version, default: [:]][count, default: [:]][part] = object
            case .checkpoint(let version, _): checkpoints.append(Checkpoint(version: version, files: [object]))
            case .checksum(let version): checksums.append(version)
            case .compacted(let start, let end) where start < end:
                compactions[start, default: []].append(Compaction(start: start, end: end, key: object.key))
            case .compacted, nil: continue
            }
        }
        for (version, sets) in parts {
            for (count, files) in sets where files.count == count {
                let ordered = files.sorted { $0.key < $1.key }.map(\.value)
                checkpoints.append(Checkpoint(version: version, files: ordered))
            }
        }
        checkpoints.sort { $0.version < $1.version }
        for start in compactions.keys { compactions[start]?.sort { $0.end > $1.end } }
    }

    /// The newest version that a commit or checkpoint gives.
    var latest: TableVersion? {
        [commits.keys.max(), checkpoints.last?.version].compactMap { $0 }.max()
    }

    /// What a replay reads in order: commits, and compactions where commits are gone.
    ///
    /// A compaction is not preferred to commits that are there: some writers put actions into it that are not reconciled, newest first.
    /// The last commit is always read itself, since only it tells its `commitInfo`.
    /// - Throws: `corruptTable` when one is missing.
    func steps(after start: TableVersion?, through end: TableVersion) throws(PipelineError) -> [Step] {
        var steps: [Step] = []
        var version = start.map(\.next) ?? .first
        while version <= end {
            guard let object = commits[version] else {
                if let compaction = compactions[version]?.first(where: { $0.end < end }) {
                    steps.append(.compaction(compaction))
                    version = compaction.end.next
                    continue
                }
                throw PipelineError(
                    .corruptTable, "the log lacks version \(version), which is needed to read version \(end)",
                    hint: "Restore the missing file of _delta_log, or read a version after a table checkpoint")
            }
            steps.append(.commit(version, object))
            version = version.next
        }
        return steps
    }
}
