// SPDX-License-Identifier: Apache-2.0
import Blocking
import Columnar
import Glibc
import Synchronization

/// Changes of files through Linux's inotify.
///
/// - Bound: at most `mostNames` changed names are kept until somebody asks; beyond them everything is to be listed.
///
/// inotify(7).
final class InotifyWatcher: ChangeWatching {
    private struct State {
        var isClosed = false
        /// The paths of each watch; links may give a directory several.
        var directories: [Int32: [String]] = [:]
        /// Watches that were not named since `startOver`.
        var others: Set<Int32> = []
        var changes = FileChanges()
    }

    private let descriptor: Int32
    private let state = Mutex(State())
    private let readiness = Mutex<ReadinessWatch?>(nil)

    static let mostNames = 100_000
    private static let bufferBytes = 64 << 10
    private static let mask = UInt32(
        IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF
            | IN_MOVE_SELF | IN_ONLYDIR)

    /// A watcher that calls `onChange` when it has something to tell; `nil`, with the reason, where the system refuses.
    static func make(onChange: @escaping @Sendable () -> Void) -> (watcher: InotifyWatcher?, reason: String) {
        let descriptor = inotify_init1(O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let hint = errno == EMFILE ? " (fs.inotify.max_user_instances)" : ""
            return (nil, SystemCall.reason(errno) + hint)
        }
        let watcher = InotifyWatcher(descriptor)
        let ready = ReadinessWatch(
            descriptor: descriptor, label: "files-changes",
            onReadable: { [weak watcher] in
                guard let watcher else { return }
                if watcher.readEvents() { onChange() }
            }, onCancel: { Glibc.close(descriptor) })
        watcher.readiness.withLock { $0 = ready }
        return (watcher, "")
    }

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    func startOver() {
        state.withLock { state in
            state.others = Set(state.directories.keys)
            state.directories = [:]
        }
    }

    func watch(_ directory: String) -> WatchOutcome {
        state.withLock { state in
            if state.isClosed { return .refused(reason: "closed") }
            // SAFETY: the path is copied for the call.
            let watch = unsafe inotify_add_watch(descriptor, directory, Self.mask)
            guard watch >= 0 else {
                switch errno {
                case ENOSPC: return .refused(reason: "the limit of watches is reached (fs.inotify.max_user_watches)")
                case ENOMEM: return .refused(reason: SystemCall.reason(errno))
                default: return .missing
                }
            }
            state.others.remove(watch)
            if state.directories[watch]?.contains(directory) != true {
                state.directories[watch, default: []].append(directory)
            }
            return .watching
        }
    }

    func dropOthers() {
        state.withLock { state in
            for watch in state.others { inotify_rm_watch(descriptor, watch) }
            state.others = []
        }
    }

    func takeChanges() -> FileChanges {
        // What a call before this one changed is in the kernel's queue already, whether or not the call back has come.
        _ = readEvents()
        return state.withLock { state in
            defer { state.changes = FileChanges() }
            return state.changes
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        readiness.withLock { $0.take() }?.cancel()
    }

    /// Takes what the kernel has to tell; whether that was anything.
    private func readEvents() -> Bool {
        state.withLock { state in
            var isAny = false
            while !state.isClosed {
                var builder = BufferBuilder<UInt8>(capacity: Self.bufferBytes)
                // SAFETY: read writes at most the room it is given, and the bytes written are the bytes counted.
                unsafe builder.append(upTo: Self.bufferBytes) { room in
                    unsafe max(0, read(descriptor, room.baseAddress, Self.bufferBytes))
                }
                let events = builder.finish()
                if events.count == 0 { return isAny }
                isAny = true
                Self.note(events.span, in: &state)
            }
            return isAny
        }
    }

    /// Each event: watch, mask, cookie, length of the name (4 bytes each), the name padded with zeros.
    private static func note(_ events: Span<UInt8>, in state: inout State) {
        var at = 0
        while at + 16 <= events.count {
            let watch = Int32(bitPattern: number(events, at))
            let mask = number(events, at + 4)
            let length = Int(number(events, at + 12))
            let end = min(events.count, at + 16 + length)
            var name: [UInt8] = []
            for index in (at + 16)..<end {
                if events[index] == 0 { break }
                name.append(events[index])
            }
            at = end
            note(watch, mask, String(decoding: name, as: UTF8.self), in: &state)
        }
    }

    private static func note(_ watch: Int32, _ mask: UInt32, _ name: String, in state: inout State) {
        func has(_ flags: Int32) -> Bool { mask & UInt32(bitPattern: flags) != 0 }
        if has(IN_Q_OVERFLOW) {
            state.changes.needsListing = true
            return
        }
        guard let directories = state.directories[watch] else { return }
        if has(IN_IGNORED) { state.directories[watch] = nil }
        if has(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT) || has(IN_ISDIR) && !has(IN_ATTRIB) {
            state.changes.needsListing = true
        } else if !name.isEmpty {
            for directory in directories { state.changes.names.insert(.init(directory: directory, name: name)) }
        }
        if state.changes.names.count > mostNames {
            state.changes = FileChanges(needsListing: true)
        }
    }

    private static func number(_ bytes: Span<UInt8>, _ at: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<4 { value |= UInt32(bytes[at + index]) << UInt32(8 * index) }
        return value
    }
}
