// SPDX-License-Identifier: Apache-2.0

/// Notices changes of files in directories. Used by one task at a time.
protocol ChangeWatching: AnyObject, Sendable {
    /// Begins to name anew which directories are watched; those not named again until `dropOthers` are let go.
    func startOver()

    /// Watches a directory. To be called before the directory is listed, so that nothing falls between.
    func watch(_ directory: String) -> WatchOutcome

    /// Lets go of directories that were not named since `startOver`.
    func dropOthers()

    /// What has changed since the last call.
    func takeChanges() -> FileChanges

    /// Stops. No call follows.
    func close()
}

/// What became of the wish to watch a directory.
enum WatchOutcome: Hashable, Sendable {
    case watching
    /// It is gone, or may not be read.
    case missing
    /// The system watches no more for this user, or not at all.
    case refused(reason: String)
}

/// Changes of files, or that more changed than could be told.
struct FileChanges: Hashable, Sendable {
    /// A name in a watched directory.
    struct Name: Hashable, Sendable {
        let directory: String
        let name: String
    }

    /// Files that appeared, changed or went.
    var names: Set<Name> = []
    /// Directories came or went, or changes were lost: everything has to be listed.
    var needsListing = false
}
