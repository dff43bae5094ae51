// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore

/// Finds the files of a source: one file, a directory, or all that match a pattern.
struct FileListing: Sendable {
    /// A file that was found.
    struct Entry: Hashable, Sendable {
        let path: String
        let byteCount: Int64
        let modifiedMicros: Int64
    }

    /// The directory below which all files stand, or the file itself.
    let root: String
    private let pattern: PathPattern?
    private let recursive: Bool
    /// Deeper directories are not searched: a bound on foreign input.
    private static let deepest = 64

    init(path: String, recursive: Bool) {
        let absolute = Directory.absolute(path)
        pattern = PathPattern(absolute)
        root = pattern?.root ?? absolute
        self.recursive = recursive
    }

    /// The files that are there, by modification time and then by name; `nil` when the root is missing.
    func entries(directories: inout [String]) throws(PipelineError) -> [Entry]? {
        guard let status = try FileStatus(path: root) else { return nil }
        var found: [String: Entry] = [:]
        if status.kind == .file {
            found[root] = Entry(path: root, byteCount: status.byteCount, modifiedMicros: status.modifiedMicros)
        } else if let pattern {
            for parts in pattern.alternatives { try match(parts[...], in: root, depth: 0, &found, &directories) }
        } else {
            try list(root, depth: 0, &found, &directories)
        }
        return found.values.sorted { ($0.modifiedMicros, $0.path) < ($1.modifiedMicros, $1.path) }
    }

    static func isHidden(_ name: some StringProtocol) -> Bool { name.first == "." || name.first == "_" }

    private func list(
        _ directory: String, depth: Int, _ found: inout [String: Entry], _ directories: inout [String]
    ) throws(PipelineError) {
        guard depth <= Self.deepest, let names = try Directory.names(in: directory) else { return }
        directories.append(directory)
        for name in names where !Self.isHidden(name) {
            let path = Self.join(directory, name)
            guard let status = try FileStatus(path: path) else { continue }
            switch status.kind {
            case .file:
                found[path] = Entry(path: path, byteCount: status.byteCount, modifiedMicros: status.modifiedMicros)
            case .directory where recursive: try list(path, depth: depth + 1, &found, &directories)
            default: continue
            }
        }
    }

    private func match(
        _ parts: ArraySlice<String>, in directory: String, depth: Int, _ found: inout [String: Entry],
        _ directories: inout [String]
    ) throws(PipelineError) {
        guard depth <= Self.deepest, let part = parts.first, let names = try Directory.names(in: directory) else {
            return
        }
        let rest = parts.dropFirst()
        directories.append(directory)
        if part == "**" { try match(rest, in: directory, depth: depth + 1, &found, &directories) }
        for name in names {
            let isAnyDepth = part == "**" && !Self.isHidden(name)
            guard isAnyDepth || PathPattern.matches(name, part) else { continue }
            let path = Self.join(directory, name)
            guard let status = try FileStatus(path: path) else { continue }
            switch status.kind {
            case .directory:
                if isAnyDepth {
                    try match(parts, in: path, depth: depth + 1, &found, &directories)
                } else if rest.isEmpty {
                    // A directory that the whole pattern matches is read like one that is named.
                    try list(path, depth: depth + 1, &found, &directories)
                } else {
                    try match(rest, in: path, depth: depth + 1, &found, &directories)
                }
            case .file where rest.isEmpty:
                found[path] = Entry(path: path, byteCount: status.byteCount, modifiedMicros: status.modifiedMicros)
            default: continue
            }
        }
    }

    private static func join(_ directory: String, _ name: String) -> String {
        directory == "/" ? "/" + name : directory + "/" + name
    }
}
