// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore
import StreamTesting
import Testing

struct FaultyObjectStoreTests {
    @Test func aLostAnswerIsUnknownThoughTheObjectIsThere() async throws {
        let memory = MemoryObjectStore()
        let store = FaultyObjectStore(memory) { number, _, _ in number == 0 ? .loseAnswer : nil }
        guard case .unknown(_) = try await store.putIfAbsent("k", [1]) else {
            Issue.record("the outcome must be unknown")
            return
        }
        #expect(memory.keys == ["k"])
        #expect(try await store.putIfAbsent("k", [1]) == .exists)
    }

    @Test func nothingHappensAfterACrash() async throws {
        let memory = MemoryObjectStore()
        let store = FaultyObjectStore(memory) { number, _, _ in number == 1 ? .crashBefore : nil }
        try await store.put("a", [])
        await #expect(throws: PipelineError.self) { try await store.put("b", []) }
        await #expect(throws: PipelineError.self) { try await store.put("c", []) }
        #expect(memory.keys == ["a"])
    }
}
