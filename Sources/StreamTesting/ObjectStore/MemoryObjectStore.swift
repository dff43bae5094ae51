// SPDX-License-Identifier: Apache-2.0
public import Failures
public import ObjectStore
import Synchronization

/// An object store in memory; the twin of the real ones for tests.
public final class MemoryObjectStore: ObjectStore {
    /// What messages call it.
    public let root: String
    private let state: Mutex<State>

    private struct State {
        var objects: [String: (bytes: [UInt8], modifiedMicros: Int64)] = [:]
        var nowMicros: Int64 = 1_767_225_600_000_000
    }

    /// An empty store.
    public init(root: String = "memory") {
        self.root = root
        state = Mutex(State())
    }

    /// All keys, sorted.
    public var keys: [String] { state.withLock { $0.objects.keys.sorted() } }

    /// Lets time pass for the objects that are written from now on.
    public func advance(millis: Int64) { state.withLock { $0.nowMicros += millis * 1000 } }

    private func store(_ key: String, _ bytes: [UInt8], replacing: Bool) -> Bool {
        state.withLock {
            if !replacing && $0.objects[key] != nil { return false }
            $0.nowMicros += 1000
            $0.objects[key] = (bytes, $0.nowMicros)
            return true
        }
    }

    /// Writes an object, replacing one of that key.
    public func put(_ key: String, _ bytes: [UInt8]) async throws(PipelineError) {
        _ = store(key, bytes, replacing: true)
    }

    /// Writes an object unless one of that key is there.
    public func putIfAbsent(_ key: String, _ bytes: [UInt8]) async throws(PipelineError) -> PutOutcome {
        store(key, bytes, replacing: false) ? .written : .exists
    }

    /// The bytes of an object.
    public func get(_ key: String, range: Range<Int>?) async throws(PipelineError) -> [UInt8] {
        guard let bytes = state.withLock({ $0.objects[key]?.bytes }) else {
            throw PipelineError(.objectNotFound, "there is no object '\(key)'")
        }
        guard let range else { return bytes }
        return Array(bytes[range.clamped(to: bytes.indices)])
    }

    /// The objects whose key starts with `prefix`.
    public func list(prefix: String, startAfter: String?) async throws(PipelineError) -> [ObjectInfo] {
        let all = state.withLock { state in
            state.objects.map { ObjectInfo(key: $0, byteCount: $1.bytes.count, modifiedMicros: $1.modifiedMicros) }
        }
        return all.filter {
            $0.key.hasPrefix(prefix) && (startAfter?.utf8.lexicographicallyPrecedes($0.key.utf8) ?? true)
        }.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// Size and time of an object.
    public func info(_ key: String) async throws(PipelineError) -> ObjectInfo? {
        state.withLock { state in
            state.objects[key].map {
                ObjectInfo(key: key, byteCount: $0.bytes.count, modifiedMicros: $0.modifiedMicros)
            }
        }
    }

    /// Removes an object.
    public func delete(_ key: String) async throws(PipelineError) {
        state.withLock { _ = $0.objects.removeValue(forKey: key) }
    }

    /// Begins a new object, which appears when it is finished.
    public func makeWriter(_ key: String) throws(PipelineError) -> any ObjectWriter {
        guard state.withLock({ $0.objects[key] == nil }) else {
            throw PipelineError(.objectExists, "there is an object '\(key)'")
        }
        return Writer(key: key, store: self)
    }

    /// Begins a new object, which appears when it is finished.
    public func makeAtomicWriter(_ key: String) throws(PipelineError) -> any ObjectWriter { try makeWriter(key) }

    private final class Writer: ObjectWriter {
        private let key: String
        private let store: MemoryObjectStore
        private let bytes = Mutex<[UInt8]>([])

        init(key: String, store: MemoryObjectStore) {
            self.key = key
            self.store = store
        }

        func append(_ bytes: Span<UInt8>) throws(PipelineError) {
            var piece: [UInt8] = []
            piece.reserveCapacity(bytes.count)
            for index in bytes.indices { piece.append(bytes[index]) }
            self.bytes.withLock { $0 += piece }
        }

        func finish() async throws(PipelineError) {
            guard store.store(key, bytes.withLock { $0 }, replacing: false) else {
                throw PipelineError(.objectExists, "there is an object '\(key)'")
            }
        }

        func abandon() {}
    }
}
