// SPDX-License-Identifier: Apache-2.0

/// How many files a table has and how long they are, carried from commit to commit without knowing which files they are.
///
/// A commit that may add a file which is there already, or remove one that is not, leaves the counts uncertain until a table
/// checkpoint counts anew.
struct FileCounts: Sendable, Hashable {
    var files = 0
    var bytes: Int64 = 0
    /// The last version whose effect was not certain; `nil` while the counts are exact.
    var uncertainSince: TableVersion?

    /// Counts that are known.
    init(files: Int, bytes: Int64) {
        self.files = files
        self.bytes = bytes
    }

    /// A table of which nothing is known.
    init(uncertainSince version: TableVersion) { uncertainSince = version }

    var isExact: Bool { uncertainSince == nil }

    /// Operations that add new files only and remove files that are there.
    private static let plain: Set<String> = [
        "WRITE", "STREAMING UPDATE", "MERGE", "UPDATE", "DELETE", "OPTIMIZE", "CREATE TABLE", "CREATE TABLE AS SELECT",
    ]

    mutating func apply(_ actions: [Action], _ info: CommitInfo) {
        var isPlain = info.operation.map { Self.plain.contains($0) } ?? false
        var touched = false
        for action in actions {
            switch action {
            case .add(let file):
                touched = true
                files += 1
                bytes += file.byteCount
            case .remove(let file):
                touched = true
                files -= 1
                if let size = file.byteCount { bytes -= size } else { isPlain = false }
            default: continue
            }
        }
        if touched, !isPlain { uncertainSince = info.version }
    }

    /// Takes what was counted at a version, where these counts were `old`, unless something uncertain came later.
    mutating func correct(at version: TableVersion, from old: FileCounts, to exact: FileCounts) {
        guard let uncertainSince, uncertainSince <= version else { return }
        files += exact.files - old.files
        bytes += exact.bytes - old.bytes
        self.uncertainSince = nil
    }
}
