// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore
import Synchronization

/// A store that lets something happen once, just before a key is put if absent.
final class RacingStore: ObjectStore {
    private let store: any ObjectStore
    private let key: String
    private let race: @Sendable () async -> Void
    private let isDone = Mutex(false)

    init(_ store: any ObjectStore, key: String, race: @escaping @Sendable () async -> Void) {
        self.store = store
        self.key = key
        self.race = race
    }

    var root: String { store.root }

    func putIfAbsent(_ key: String, _ bytes: [UInt8]) async throws(PipelineError) -> PutOutcome {
        let isFirst =
            key == self.key
            && !isDone.withLock { done in
                defer { done = true }
                return done
            }
        if isFirst { await race() }
        return try await store.putIfAbsent(key, bytes)
    }

    func put(_ key: String, _ bytes: [UInt8]) async throws(PipelineError) { try await store.put(key, bytes) }
    func get(_ key: String, range: Range<Int>?) async throws(PipelineError) -> [UInt8] {
        try await store.get(key, range: range)
    }
    func list(prefix: String, startAfter: String?) async throws(PipelineError) -> [ObjectInfo] {
        try await store.list(prefix: prefix, startAfter: startAfter)
    }
    func info(_ key: String) async throws(PipelineError) -> ObjectInfo? { try await store.info(key) }
    func delete(_ key: String) async throws(PipelineError) { try await store.delete(key) }
    func makeWriter(_ key: String) throws(PipelineError) -> any ObjectWriter { try store.makeWriter(key) }
    func makeAtomicWriter(_ key: String) throws(PipelineError) -> any ObjectWriter { try store.makeAtomicWriter(key) }
}
