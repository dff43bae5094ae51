// SPDX-License-Identifier: Apache-2.0

/// The files that are there, and which of them may have something to read.
struct FileCatalog: Sendable {
    private var entries: [String: FileListing.Entry] = [:]
    private var pending: Set<String> = []
    /// `pending` in order; `nil` when it has to be sorted anew.
    private var order: [FileListing.Entry]? = []

    /// Files to look at, by modification time and then by name.
    mutating func pendingEntries() -> [FileListing.Entry] {
        if let order { return order }
        let sorted = pending.compactMap { entries[$0] }.sorted {
            ($0.modifiedMicros, $0.path) < ($1.modifiedMicros, $1.path)
        }
        order = sorted
        return sorted
    }

    /// Takes a full listing for what is there.
    mutating func replace(with listing: [FileListing.Entry]) {
        let old = entries
        entries = [:]
        entries.reserveCapacity(listing.count)
        for entry in listing {
            entries[entry.path] = entry
            if old[entry.path] != entry { pending.insert(entry.path) }
        }
        pending = pending.filter { entries[$0] != nil }
        order = nil
    }

    /// Takes news of one file; `nil` when it is gone.
    mutating func update(_ path: String, _ entry: FileListing.Entry?) {
        guard entries[path] != entry else { return }
        entries[path] = entry
        if entry == nil { pending.remove(path) } else { pending.insert(path) }
        order = nil
    }

    /// Nothing is to be read of these until they change.
    mutating func settle(_ paths: Set<String>) {
        if paths.isEmpty { return }
        pending.subtract(paths)
        order = order?.filter { !paths.contains($0.path) }
    }
}
