// SPDX-License-Identifier: Apache-2.0
import Failures
import Formats
import StreamCore

/// Judges how a file that is there stands to what was read of its path before.
///
/// - Where files stay after they were read, a path stands for one file: it may grow, also by being copied into place anew
///   with the same beginning; any other change is told and the file left alone, since what of it is new cannot be known.
/// - Where files are moved or deleted after they were read, another file at the path is a new one.
struct FileStanding: Sendable {
    /// Whether files are moved or deleted when they are read.
    let takesFiles: Bool

    enum Verdict: Hashable, Sendable {
        case unread(from: Int64)
        /// Read to its end; `isLeftover`: and should not be here any more.
        case done(isLeftover: Bool)
        case changed(String)
        /// It cannot be opened; without a reason when it has just gone.
        case unreadable(String?)
    }

    func of(_ entry: FileListing.Entry, read offset: Offset?) throws(PipelineError) -> Verdict {
        guard let offset else { return entry.byteCount > 0 ? .unread(from: 0) : .done(isLeftover: false) }
        guard let known = offset.incarnation.flatMap({ FileIdentity($0) }) else {
            return bySize(entry, offset.position, known: nil, isLeftover: false)
        }
        if !takesFiles && entry.byteCount <= offset.position {
            return bySize(entry, offset.position, known: known, isLeftover: false)
        }
        let (isSameFile, hasHead): (Bool, Bool)
        do throws(PipelineError) {
            let file = try InputFile(path: entry.path)
            isSameFile = try FileIdentity(file, end: 0).isSameFile(as: known)
            hasHead = try known.hasHead(of: file)
        } catch {
            return .unreadable(error.code == .missingFile ? nil : Self.unreadable(entry, error))
        }
        if takesFiles {
            if !isSameFile || !hasHead { return entry.byteCount > 0 ? .unread(from: 0) : .done(isLeftover: false) }
            return bySize(entry, offset.position, known: nil, isLeftover: true)
        }
        guard hasHead else {
            return .changed("fileChanged: '\(entry.path)' is another file than the one that was read; it is left alone")
        }
        return bySize(entry, offset.position, known: known, isLeftover: false)
    }

    private func bySize(
        _ entry: FileListing.Entry, _ position: Int64, known: FileIdentity?, isLeftover: Bool
    ) -> Verdict {
        if entry.byteCount == position {
            guard let known, known.modifiedMicros != entry.modifiedMicros else { return .done(isLeftover: isLeftover) }
            return .changed(
                "fileChanged: '\(entry.path)' was modified after it was read; its content is not read again")
        }
        if entry.byteCount < position {
            return .changed(
                "fileChanged: '\(entry.path)' has \(entry.byteCount) bytes, and \(position) were read before; it is left alone"
            )
        }
        if FileCompression(path: entry.path) != .none {
            return .changed(
                "fileChanged: '\(entry.path)' grew after it was read; compressed files must be complete when they appear"
            )
        }
        return .unread(from: position)
    }

    static func unreadable(_ entry: FileListing.Entry, _ error: PipelineError) -> String {
        "'\(entry.path)' cannot be opened: \(error.code.rawValue); it is read when it can"
    }
}
