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

        init(path: String, _ status: FileStatus) {
            self.path = path
            byteCount = status.byteCount
            modifiedMicros = status.modifiedMicros
        }
    }

    /// Which names of a directory are files of the source.
    enum NameRule: Hashable, Sendable {
        case notHidden
        case matching(String)
        case named(String)
        /// Only its directories are searched.
        case none

        func accepts(_ name: String) -> Bool {
            switch self {
            case .notHidden: !FileListing.isHidden(name)
            case .matching(let pattern): PathPattern.matches(name, pattern)
            case .named(let one): name == one
            case .none: false
            }
        }
    }

    /// Called for each directory before its names are read, with the rule for its files.
    typealias Visit = (String, NameRule) -> Void

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

    /// The files that are there, in no order; `nil` when the root is missing.
    func entries(visit: Visit) throws(PipelineError) -> [Entry]? {
        guard let status = try FileStatus(path: root) else { return nil }
        var found: [String: Entry] = [:]
        if status.kind == .file {
            let name = root.split(separator: "/").last.map(String.init) ?? ""
            visit(root.utf8.count == name.utf8.count + 1 ? "/" : String(root.dropLast(name.count + 1)), .named(name))
            // What changed since the first look, before the directory was watched, would not be told.
            guard let status = try FileStatus(path: root) else { return nil }
            found[root] = Entry(path: root, status)
        } else if let pattern {
            for parts in pattern.alternatives { try match(parts[...], in: root, depth: 0, &found, visit) }
        } else {
            try list(root, depth: 0, &found, visit)
        }
        return Array(found.values)
    }

    static func isHidden(_ name: some StringProtocol) -> Bool { name.first == "." || name.first == "_" }

    private func list(
        _ directory: String, depth: Int, _ found: inout [String: Entry], _ visit: Visit
    ) throws(PipelineError) {
        guard depth <= Self.deepest else { return }
        visit(directory, .notHidden)
        guard let names = try Directory.names(in: directory) else { return }
        for name in names where !Self.isHidden(name) {
            let path = Self.join(directory, name)
            guard let status = try FileStatus(path: path) else { continue }
            switch status.kind {
            case .file:
                found[path] = Entry(path: path, status)
            case .directory where recursive: try list(path, depth: depth + 1, &found, visit)
            default: continue
            }
        }
    }

    private func match(
        _ parts: ArraySlice<String>, in directory: String, depth: Int, _ found: inout [String: Entry],
        _ visit: Visit
    ) throws(PipelineError) {
        guard depth <= Self.deepest, let part = parts.first else { return }
        let rest = parts.dropFirst()
        visit(directory, rest.isEmpty ? (part == "**" ? .notHidden : .matching(part)) : .none)
        guard let names = try Directory.names(in: directory) else { return }
        if part == "**" { try match(rest, in: directory, depth: depth + 1, &found, visit) }
        for name in names {
            let isAnyDepth = part == "**" && !Self.isHidden(name)
            guard isAnyDepth || PathPattern.matches(name, part) else { continue }
            let path = Self.join(directory, name)
            guard let status = try FileStatus(path: path) else { continue }
            switch status.kind {
            case .directory:
                if isAnyDepth {
                    try match(parts, in: path, depth: depth + 1, &found, visit)
                } else if rest.isEmpty {
                    // A directory that the whole pattern matches is read like one that is named.
                    try list(path, depth: depth + 1, &found, visit)
                } else {
                    try match(rest, in: path, depth: depth + 1, &found, visit)
                }
            case .file where rest.isEmpty:
                found[path] = Entry(path: path, status)
            default: continue
            }
        }
    }

    static func join(_ directory: String, _ name: String) -> String {
        directory == "/" ? "/" + name : directory + "/" + name
    }
}
