// SPDX-License-Identifier: Apache-2.0
import Columnar

/// What kind of file system a path is on.
struct FileSystemKind: Hashable, Sendable {
    /// The type of a file system that others change without this kernel knowing; `nil` for local ones.
    let remoteName: String?

    /// The file system of an absolute path; one that cannot be found out counts as local.
    init(path: String) {
        var builder = BufferBuilder<UInt8>()
        guard let file = try? InputFile(path: "/proc/self/mountinfo"),
            (try? file.read(at: 0, upTo: 4 << 20, into: &builder)) != nil
        else {
            remoteName = nil
            return
        }
        remoteName = Self.remoteName(of: path, mounts: String(decoding: builder.finish().array, as: UTF8.self))
    }

    /// Searches lines of proc_pid_mountinfo(5): `36 35 98:0 /root /mount/point options [tag …] - type source options`.
    static func remoteName(of path: String, mounts: String) -> String? {
        var best: (point: Substring, type: Substring)?
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 6, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else { continue }
            let point = words[4]
            let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
            // A later mount over the same point hides the earlier one.
            if isAbove && point.utf8.count >= best?.point.utf8.count ?? 0 { best = (point, words[dash + 1]) }
        }
        guard let type = best?.type else { return nil }
        return isRemote(type) ? String(type) : nil
    }

    private static func isRemote(_ type: Substring) -> Bool {
        let names: Set<Substring> = [
            "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "lustre", "gpfs", "glusterfs", "vboxsf",
            "virtiofs", "fuse",
        ]
        return names.contains(type) || type.hasPrefix("fuse.")
    }
}
