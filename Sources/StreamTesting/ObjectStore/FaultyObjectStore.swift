// SPDX-License-Identifier: Apache-2.0
public import Failures
public import ObjectStore
import Synchronization

/// Stands before a store and makes chosen calls fail: before they do anything, after they did it, or with an unknown outcome.
public final class FaultyObjectStore: ObjectStore {
    /// A call that can fail.
    public enum Operation: String, Sendable, CaseIterable {
        case put, putIfAbsent, get, list, info, delete, makeWriter, append, finish
    }

    /// What goes wrong.
    public enum Fault: Sendable, Hashable {
        /// The call does nothing and throws.
        case refuse(PipelineError.Code)
        /// The call is carried out and throws `outcomeUnknown` (`putIfAbsent` answers `unknown`).
        case loseAnswer
        /// The call does nothing and throws `outcomeUnknown` (`putIfAbsent` answers `unknown`).
        case loseRequest
        /// The call does nothing, and neither does any later one: the process is dead.
        case crashBefore
        /// The call is carried out, and no later one is.
        case crashAfter
    }

    /// Decides about a call by its number (from 0), kind and key.
    public typealias Plan = @Sendable (_ number: Int, _ operation: Operation, _ key: String) -> Fault?

    private let store: any ObjectStore
    private let plan: Plan
    private let state = Mutex(State())

    private struct State {
        var calls: [(Operation, String)] = []
        var dead = false
    }

    /// A store whose calls fail as planned.
    public init(_ store: any ObjectStore, plan: @escaping Plan = { _, _, _ in nil }) {
        self.store = store
        self.plan = plan
    }

    /// The root of the store behind.
    public var root: String { store.root }

    /// How many calls were made.
    public var callCount: Int { state.withLock { $0.calls.count } }

    /// The calls made, in order.
    public var calls: [(operation: Operation, key: String)] { state.withLock { $0.calls } }

    private static func lost(_ operation: Operation, _ key: String) -> PipelineError {
        PipelineError(.outcomeUnknown, "the answer of \(operation.rawValue) '\(key)' was lost")
    }

    /// What happens after the call: nothing, or its answer is lost.
    private enum Aftermath { case none, lost }

    private func enter(_ operation: Operation, _ key: String) throws(PipelineError) -> Aftermath {
        let (dead, number) = state.withLock { state in
            state.calls.append((operation, key))
            return (state.dead, state.calls.count - 1)
        }
        let crash = PipelineError(.interrupted, "the process has crashed (test)")
        guard !dead else { throw crash }
        switch plan(number, operation, key) {
        case nil: return .none
        case .refuse(let code): throw PipelineError(code, "\(operation.rawValue) '\(key)' was refused (test)")
        case .loseAnswer: return .lost
        case .loseRequest: throw Self.lost(operation, key)
        case .crashBefore:
            state.withLock { $0.dead = true }
            throw crash
        case .crashAfter:
            state.withLock { $0.dead = true }
            return .none
        }
    }

    private func leave(_ aftermath: Aftermath, _ operation: Operation, _ key: String) throws(PipelineError) {
        if aftermath == .lost { throw Self.lost(operation, key) }
        if state.withLock({ $0.dead }) { throw PipelineError(.interrupted, "the process has crashed (test)") }
    }

    /// Writes an object.
    public func put(_ key: String, _ bytes: [UInt8]) async throws(PipelineError) {
        let aftermath = try enter(.put, key)
        try await store.put(key, bytes)
        try leave(aftermath, .put, key)
    }

    /// Writes an object unless one of that key is there.
    public func putIfAbsent(_ key: String, _ bytes: [UInt8]) async throws(PipelineError) -> PutOutcome {
        do throws(PipelineError) {
            let aftermath = try enter(.putIfAbsent, key)
            let outcome = try await store.putIfAbsent(key, bytes)
            try leave(aftermath, .putIfAbsent, key)
            return outcome
        } catch {
            guard error.code == .outcomeUnknown else { throw error }
            return .unknown(error)
        }
    }

    /// The bytes of an object.
    public func get(_ key: String, range: Range<Int>?) async throws(PipelineError) -> [UInt8] {
        let aftermath = try enter(.get, key)
        let bytes = try await store.get(key, range: range)
        try leave(aftermath, .get, key)
        return bytes
    }

    /// The objects whose key starts with `prefix`.
    public func list(prefix: String, startAfter: String?) async throws(PipelineError) -> [ObjectInfo] {
        let aftermath = try enter(.list, prefix)
        let found = try await store.list(prefix: prefix, startAfter: startAfter)
        try leave(aftermath, .list, prefix)
        return found
    }

    /// Size and time of an object.
    public func info(_ key: String) async throws(PipelineError) -> ObjectInfo? {
        let aftermath = try enter(.info, key)
        let info = try await store.info(key)
        try leave(aftermath, .info, key)
        return info
    }

    /// Removes an object.
    public func delete(_ key: String) async throws(PipelineError) {
        let aftermath = try enter(.delete, key)
        try await store.delete(key)
        try leave(aftermath, .delete, key)
    }

    /// Begins a new object.
    public func makeWriter(_ key: String) throws(PipelineError) -> any ObjectWriter {
        let aftermath = try enter(.makeWriter, key)
        let writer = Writer(key: key, writer: try store.makeWriter(key), store: self)
        try leave(aftermath, .makeWriter, key)
        return writer
    }

    /// Begins a new object that appears when it is finished.
    public func makeAtomicWriter(_ key: String) throws(PipelineError) -> any ObjectWriter {
        let aftermath = try enter(.makeWriter, key)
        let writer = Writer(key: key, writer: try store.makeAtomicWriter(key), store: self)
        try leave(aftermath, .makeWriter, key)
        return writer
    }

    private final class Writer: ObjectWriter {
        private let key: String
        private let writer: any ObjectWriter
        private let store: FaultyObjectStore

        init(key: String, writer: any ObjectWriter, store: FaultyObjectStore) {
            self.key = key
            self.writer = writer
            self.store = store
        }

        func append(_ bytes: Span<UInt8>) throws(PipelineError) {
            let aftermath = try store.enter(.append, key)
            try writer.append(bytes)
            try store.leave(aftermath, .append, key)
        }

        func finish() async throws(PipelineError) {
            let aftermath = try store.enter(.finish, key)
            try await writer.finish()
            try store.leave(aftermath, .finish, key)
        }

        func abandon() { writer.abandon() }
    }
}
