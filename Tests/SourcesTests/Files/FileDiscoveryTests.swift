// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import StreamTesting
import Synchronization
import Testing

@testable import Sources

/// A system that tells what a test says.
private final class ToldChanges: ChangeWatching {
    let state = Mutex(
        (watched: Set<String>(), named: Set<String>(), next: FileChanges(), limit: Int.max, closed: false))

    init(limit: Int = .max) { state.withLock { $0.limit = limit } }

    func startOver() { state.withLock { $0.named = [] } }
    func watch(_ directory: String) -> WatchOutcome {
        state.withLock { state in
            state.named.insert(directory)
            if state.named.count > state.limit { return .refused(reason: "the limit is reached") }
            state.watched.insert(directory)
            return .watching
        }
    }
    func dropOthers() { state.withLock { $0.watched.formIntersection($0.named) } }
    func takeChanges() -> FileChanges {
        state.withLock { state in
            defer { state.next = FileChanges() }
            return state.next
        }
    }
    func close() { state.withLock { $0.closed = true } }
    var isClosed: Bool { state.withLock { $0.closed } }
    var watched: Set<String> { state.withLock { $0.watched } }
    func tell(_ changes: FileChanges) { state.withLock { $0.next = changes } }
}

struct FileDiscoveryTests {
    private let fixture = FilesFixture()
    private let clock = ManualClock()

    private func discovery(_ watcher: ToldChanges?, recursive: Bool = false) -> FileDiscovery {
        FileDiscovery(listing: FileListing(path: fixture.folder.path, recursive: recursive), clock: clock) {
            (watcher, watcher == nil ? "too many watchers" : "")
        }
    }

    private func names(_ discovery: inout FileDiscovery) throws -> [String] {
        var reports: [String] = []
        #expect(try discovery.refresh(until: nil) { reports.append($0) })
        return discovery.catalog.pendingEntries().map { String($0.path.dropFirst(fixture.folder.path.count + 1)) }
            + reports
    }

    @Test func withoutATellingNothingIsListedAgainUntilItIsTimeToVerify() async throws {
        let watcher = ToldChanges()
        var discovery = discovery(watcher)
        try fixture.write("a", "1")
        #expect(try names(&discovery) == ["a"])
        try fixture.write("b", "2")
        #expect(try names(&discovery) == ["a"])
        await clock.sleep(nanos: FileDiscovery.verifyNanos)
        #expect(try names(&discovery) == ["a", "b"])
    }

    @Test func whatIsToldIsLookedAt() throws {
        let watcher = ToldChanges()
        var discovery = discovery(watcher)
        try fixture.write("b", "2")
        #expect(try names(&discovery) == ["b"])
        try fixture.write("a", "1")
        try fixture.write("c", "3")
        let changed = ["a", "gone", "_hidden"].map { FileChanges.Name(directory: fixture.folder.path, name: $0) }
        watcher.tell(FileChanges(names: Set(changed)))
        #expect(try names(&discovery) == ["a", "b"])
        try fixture.remove("b")
        watcher.tell(FileChanges(names: [.init(directory: fixture.folder.path, name: "b")]))
        #expect(try names(&discovery) == ["a"])
    }

    @Test func lostChangesAreMadeGoodByAListing() throws {
        let watcher = ToldChanges()
        var discovery = discovery(watcher)
        #expect(try names(&discovery) == [])
        try fixture.write("a", "1")
        watcher.tell(FileChanges(needsListing: true))
        #expect(try names(&discovery) == ["a"])
    }

    @Test func whereNoMoreCanBeWatchedEverythingIsListedAndThatIsSaid() throws {
        let watcher = ToldChanges(limit: 1)
        var discovery = discovery(watcher, recursive: true)
        try fixture.write("x/a", "1")
        #expect(
            try names(&discovery) == [
                "x/a", "changes of files are not told here: the limit is reached; they are found by listing",
            ])
        #expect(watcher.isClosed)
        try fixture.write("x/b", "2")
        #expect(try names(&discovery) == ["x/a", "x/b"])
    }

    @Test func withoutAnyWatcherEverythingIsListed() throws {
        var discovery = discovery(nil)
        #expect(
            try names(&discovery) == [
                "changes of files are not told here: too many watchers; they are found by listing"
            ])
        try fixture.write("a", "1")
        #expect(try names(&discovery) == ["a"])
    }

    @Test func foldersAreWatchedAsTheyAppearAndLetGoAsTheyDisappear() throws {
        let watcher = ToldChanges()
        var discovery = discovery(watcher, recursive: true)
        #expect(try names(&discovery) == [])
        #expect(watcher.watched == [fixture.folder.path])
        try fixture.makeFolder("x/y")
        watcher.tell(FileChanges(needsListing: true))
        #expect(try names(&discovery) == [])
        #expect(watcher.watched == [fixture.folder.path, fixture.path("x"), fixture.path("x/y")])
        try fixture.remove("x/y")
        watcher.tell(FileChanges(needsListing: true))
        #expect(try names(&discovery) == [])
        #expect(watcher.watched == [fixture.folder.path, fixture.path("x")])
    }

    @Test func settledFilesAreNotGivenAgainUntilTheyChange() throws {
        let watcher = ToldChanges()
        var discovery = discovery(watcher)
        try fixture.write("a", "1")
        try fixture.write("b", "2")
        #expect(try names(&discovery) == ["a", "b"])
        discovery.catalog.settle([fixture.path("a")])
        #expect(try names(&discovery) == ["b"])
        watcher.tell(FileChanges(needsListing: true))
        #expect(try names(&discovery) == ["b"])
        try fixture.append("a", "1")
        watcher.tell(FileChanges(names: [.init(directory: fixture.folder.path, name: "a")]))
        #expect(try names(&discovery).sorted() == ["a", "b"])
    }

    @Test(arguments: [
        ("/data/in", nil), ("/data/nfs/x", "nfs4"), ("/data/nfs", "nfs4"), ("/data/nfsx", nil), ("/f", "fuse.sshfs"),
        ("/f/local/x", nil), ("/twice", nil),
    ])
    func fileSystemsThatOthersChangeAreKnownByTheirMount(path: String, type: String?) {
        let mounts = """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            30 22 0:40 / /data/nfs rw shared:5 master:2 - nfs4 host:/x rw
            31 22 0:41 / /f rw - fuse.sshfs host: rw
            32 31 0:42 / /f/local rw - tmpfs tmpfs rw
            33 22 0:43 / /twice rw - nfs host:/y rw
            34 33 0:44 / /twice rw - xfs /dev/sdb rw
            """
        #expect(FileSystemKind.remoteName(of: path, mounts: mounts) == type)
    }
}
