// SPDX-License-Identifier: Apache-2.0
import Blocking
public import Failures
import Synchronization

/// Objects as files below a folder.
///
/// Writes are synchronised, file and folder, before they count as done.
///
/// `putIfAbsent` writes a hidden file, synchronises it and links it to its name, which fails when the name is taken: readers
/// see all of an object or nothing, and of two writers one wins.
public final class LocalObjectStore: ObjectStore {
    /// The folder.
    public let root: String
    private let threads: [BlockingThread]
    private let turn = Atomic<Int>(0)
    private let folders = Mutex(Folders())

    private struct Folders {
        /// Known to exist, so that a new file costs no look-up.
        var known: Set<String> = []
        /// Made by us and not yet durable in their parents.
        var fresh: Set<String> = []
    }

    /// A store below a folder, which is made when the first object is written.
    public init(root: String) {
        var trimmed = root
        while trimmed.count > 1 && trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.root = trimmed
        threads = (0..<4).map { BlockingThread(label: "millrace.store.\($0)") }
    }

    /// The next thread for a blocking call, in turn.
    func thread() -> BlockingThread {
        threads[turn.wrappingAdd(1, ordering: .relaxed).oldValue & 3]
    }

    func path(_ key: String) throws(PipelineError) -> String {
        guard !key.isEmpty, !key.hasPrefix("/"), !key.utf8.contains(0),
            !key.split(separator: "/", omittingEmptySubsequences: false).contains("..")
        else { throw PipelineError(.invalidArgument, "'\(key)' is no object key") }
        return root == "/" ? "/" + key : root + "/" + key
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes a folder and its missing parents; `synchronizeFolder` makes them durable.
    func makeFolders(_ path: String) throws(PipelineError) {
        if folders.withLock({ $0.known.contains(path) }) { return }
        if let status = try SystemFile.status(of: path) {
            guard status.isFolder else {
                throw PipelineError(
                    .storageFailed, "'\(path)' is not a folder", hint: "Use another path, or move the file")
            }
        } else {
            let parent = Self.folder(of: path)
            try makeFolders(parent)
            if try SystemFile.makeFolder(path) { folders.withLock { _ = $0.fresh.insert(path) } }
        }
        folders.withLock { _ = $0.known.insert(path) }
    }

    /// Makes an entry durable: in its folder, and the folders that we made in theirs.
    func synchronizeFolder(of path: String) throws(PipelineError) {
        var folder = Self.folder(of: path)
        try SystemFile(folder, .folder).synchronize()
        while folders.withLock({ $0.fresh.contains(folder) }) {
            let parent = Self.folder(of: folder)
            try SystemFile(parent, .folder).synchronize()
            folders.withLock { _ = $0.fresh.remove(folder) }
            folder = parent
        }
    }

    /// Writes and synchronises a hidden file beside `path` and returns its path.
    private func writeHidden(_ bytes: [UInt8], beside path: String) throws(PipelineError) -> String {
        let folder = Self.folder(of: path)
        let hidden = Self.hiddenPath(beside: path)
        do throws(PipelineError) {
            let file = try createFile(hidden, in: folder)
            try file.write(bytes.span)
            try file.synchronize()
        } catch {
            _ = try? SystemFile.remove(hidden)
            throw error
        }
        return hidden
    }

    /// A name in the same folder that listings leave out.
    private static func hiddenPath(beside path: String) -> String {
        let folder = folder(of: path)
        return "\(folder)/.\(path.dropFirst(folder == "/" ? 1 : folder.count + 1)).\(UniqueName.uuid()).tmp"
    }

    /// Creates a file, making its folder when that is missing, also when someone removed it since.
    private func createFile(_ path: String, in folder: String) throws(PipelineError) -> SystemFile {
        try makeFolders(folder)
        do throws(PipelineError) {
            return try SystemFile(path, .createNew)
        } catch {
            guard error.code == .objectNotFound else { throw error }
            folders.withLock { $0.known.removeAll() }
            try makeFolders(folder)
            return try SystemFile(path, .createNew)
        }
    }

    /// Writes an object, replacing one of that key.
    public func put(_ key: String, _ bytes: [UInt8]) async throws(PipelineError) {
        let path = try path(key)
        try await thread().run { [self] () throws(PipelineError) in
            let hidden = try writeHidden(bytes, beside: path)
            do throws(PipelineError) {
                try SystemFile.rename(hidden, to: path)
            } catch {
                _ = try? SystemFile.remove(hidden)
                throw error
            }
            try synchronizeFolder(of: path)
        }
    }

    /// Writes an object unless one of that key is there.
    public func putIfAbsent(_ key: String, _ bytes: [UInt8]) async throws(PipelineError) -> PutOutcome {
        let path = try path(key)
        return try await thread().run { [self] () throws(PipelineError) -> PutOutcome in
            if try SystemFile.status(of: path) != nil { return .exists }
            let hidden = try writeHidden(bytes, beside: path)
            let linked: Bool
            do throws(PipelineError) {
                linked = try SystemFile.link(hidden, as: path)
            } catch {
                // A network file system may have carried the call out and lost the answer.
                if error.code == .storageFailed { return .unknown(error) }
                _ = try? SystemFile.remove(hidden)
                throw error
            }
            _ = try? SystemFile.remove(hidden)
            guard linked else { return .exists }
            do throws(PipelineError) {
                try synchronizeFolder(of: path)
                return .written
            } catch {
                return .unknown(error)
            }
        }
    }

    /// The bytes of an object.
    public func get(_ key: String, range: Range<Int>?) async throws(PipelineError) -> [UInt8] {
        let path = try path(key)
        return try await thread().run { () throws(PipelineError) -> [UInt8] in
            let file = try SystemFile(path, .read)
            let status = try file.status()
            guard !status.isFolder else { throw PipelineError(.objectNotFound, "'\(path)' is a folder") }
            return try file.read((range ?? 0..<status.byteCount).clamped(to: 0..<status.byteCount))
        }
    }

    /// The objects whose key starts with `prefix`; hidden files that a crash left behind are not among them.
    public func list(prefix: String, startAfter: String?) async throws(PipelineError) -> [ObjectInfo] {
        let root = root
        return try await thread().run { () throws(PipelineError) -> [ObjectInfo] in
            var found: [ObjectInfo] = []
            let start = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
            try Self.walk(root, start, prefix: prefix, startAfter: startAfter, into: &found)
            return found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        }
    }

    private static func walk(
        _ root: String, _ folder: String, prefix: String, startAfter: String?, into found: inout [ObjectInfo]
    ) throws(PipelineError) {
        for name in try SystemFile.names(in: root + "/" + folder) where !(name.hasPrefix(".") && name.hasSuffix(".tmp"))
        {
            let key = folder + name
            guard key.hasPrefix(prefix) || prefix.hasPrefix(key + "/") else { continue }
            if let startAfter, !startAfter.utf8.lexicographicallyPrecedes(key.utf8), !startAfter.hasPrefix(key + "/") {
                continue
            }
            guard let status = try SystemFile.status(of: root + "/" + key) else { continue }
            if status.isFolder {
                try walk(root, key + "/", prefix: prefix, startAfter: startAfter, into: &found)
            } else if key.hasPrefix(prefix) {
                found.append(
                    ObjectInfo(key: key, byteCount: status.byteCount, modifiedMicros: status.modifiedMicros))
            }
        }
    }

    /// Size and time of an object.
    public func info(_ key: String) async throws(PipelineError) -> ObjectInfo? {
        let path = try path(key)
        return try await thread().run { () throws(PipelineError) -> ObjectInfo? in
            guard let status = try SystemFile.status(of: path), !status.isFolder else { return nil }
            return ObjectInfo(key: key, byteCount: status.byteCount, modifiedMicros: status.modifiedMicros)
        }
    }

    /// Removes an object.
    public func delete(_ key: String) async throws(PipelineError) {
        let path = try path(key)
        try await thread().run { [self] () throws(PipelineError) in
            if try SystemFile.remove(path) { try synchronizeFolder(of: path) }
        }
    }

    /// Begins a new file.
    public func makeWriter(_ key: String) throws(PipelineError) -> any ObjectWriter {
        try makeWriter(path: try path(key), target: nil)
    }

    /// Begins a file under a hidden name; finishing links it to its own.
    public func makeAtomicWriter(_ key: String) throws(PipelineError) -> any ObjectWriter {
        let target = try path(key)
        return try makeWriter(path: Self.hiddenPath(beside: target), target: target)
    }

    private func makeWriter(path: String, target: String?) throws(PipelineError) -> any ObjectWriter {
        let folder = Self.folder(of: path)
        try makeFolders(folder)
        do throws(PipelineError) {
            return try LocalObjectWriter(path: path, target: target, store: self)
        } catch {
            guard error.code == .objectNotFound else { throw error }
            folders.withLock { $0.known.removeAll() }
            try makeFolders(folder)
            return try LocalObjectWriter(path: path, target: target, store: self)
        }
    }
}
