// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore

/// Moves or deletes files that are read to their end.
struct FinishedFiles: Sendable {
    /// Where they go; deleted when `nil`.
    let archive: String?
    /// The directory below which they stand.
    let root: String

    /// Takes a file away if it still is the one that was read, and no longer.
    func take(_ path: String, readTo offset: Offset) throws(PipelineError) {
        guard let status = try FileStatus(path: path), status.byteCount == offset.position,
            try isTheOneRead(path, offset)
        else { return }
        guard let archive else {
            _ = try Directory.delete(path)
            return
        }
        let base = root == "/" ? "/" : root + "/"
        let inside =
            path.hasPrefix(base)
            ? String(path.dropFirst(base.count)) : path.split(separator: "/").last.map(String.init) ?? path
        let target = Directory.absolute(archive) + "/" + inside
        try Directory.make(target.split(separator: "/").dropLast().joined(separator: "/"))
        try move(path, status, to: target)
    }

    private func isTheOneRead(_ path: String, _ offset: Offset) throws(PipelineError) -> Bool {
        guard let known = offset.incarnation.flatMap({ FileIdentity($0) }) else { return true }
        let file = try InputFile(path: path)
        guard try FileIdentity(file, end: 0).isSameFile(as: known) else { return false }
        return try known.hasHead(of: file)
    }

    /// Never over a file that is there: the same path may have been archived before.
    private func move(_ path: String, _ status: FileStatus, to target: String) throws(PipelineError) {
        var number = 0
        var free = target
        while let present = try FileStatus(path: free) {
            if present.byteCount == status.byteCount && present.modifiedMicros == status.modifiedMicros {
                // A copy that was complete when the process stopped: what is left of the move is to delete.
                _ = try Directory.delete(path)
                return
            }
            let mark = String(status.modifiedMicros) + (number == 0 ? "" : "-\(number)")
            free = Self.marked(target, mark)
            number += 1
        }
        _ = try FileMove.move(path, to: free)
    }

    /// A path with a mark before the end of its name that says what it holds: `a.json.gz` becomes `a.MARK.json.gz`.
    static func marked(_ path: String, _ mark: String) -> String {
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        var parts = path[slash...].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isCompressed = parts.count > 2 && ["gz", "gzip", "zst", "zstd"].contains(parts[parts.count - 1])
        parts.insert(mark, at: max(1, parts.count - (isCompressed ? 2 : 1)))
        return path[..<slash] + parts.joined(separator: ".")
    }
}
