// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore
import StreamTesting
import Testing

/// What every store must do, checked on the real one and on its twin in memory.
struct ObjectStoreConformanceTests {
    enum Kind: CaseIterable { case local, memory, faulty }

    private let folder = TemporaryFolder()

    private func makeStore(_ kind: Kind) -> any ObjectStore {
        switch kind {
        case .local: LocalObjectStore(root: folder.path + "/a/b")
        case .memory: MemoryObjectStore()
        case .faulty: FaultyObjectStore(MemoryObjectStore())
        }
    }

    @Test(arguments: Kind.allCases) func whatIsPutIsReadBackWholeAndInPart(kind: Kind) async throws {
        let store = makeStore(kind)
        try await store.put("x/y.json", Array("hello".utf8))
        try await store.put("x/y.json", Array("hello world".utf8))
        #expect(try await store.get("x/y.json") == Array("hello world".utf8))
        #expect(try await store.get("x/y.json", range: 6..<100) == Array("world".utf8))
        #expect(try await store.get("x/y.json", range: 50..<100) == [])
        #expect(try await store.info("x/y.json")?.byteCount == 11)
        #expect(try await store.info("x") == nil)
    }

    @Test(arguments: Kind.allCases) func theSecondPutIfAbsentFindsTheFirst(kind: Kind) async throws {
        let store = makeStore(kind)
        #expect(try await store.putIfAbsent("log/0.json", [1]) == .written)
        #expect(try await store.putIfAbsent("log/0.json", [2]) == .exists)
        #expect(try await store.get("log/0.json") == [1])
    }

    @Test(arguments: Kind.allCases) func ofManyWritersOneWins(kind: Kind) async throws {
        let store = makeStore(kind)
        let outcomes = try await withThrowingTaskGroup(of: PutOutcome.self) { group in
            for writer in 0..<16 {
                group.addTask { try await store.putIfAbsent("n", [UInt8](repeating: UInt8(writer), count: 9000)) }
            }
            return try await group.reduce(into: [PutOutcome]()) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == .written }.count == 1)
        #expect(outcomes.filter { $0 == .exists }.count == 15)
        let bytes = try await store.get("n")
        #expect(bytes.count == 9000 && Set(bytes).count == 1)
        #expect(try await store.list(prefix: "", startAfter: nil).map(\.key) == ["n"])
    }

    @Test(arguments: Kind.allCases) func listingIsSortedAndStartsAfterAKey(kind: Kind) async throws {
        let store = makeStore(kind)
        for key in ["log/10.json", "log/02.json", "log/sub/z", "log/01.json", "data/é.parquet", "logs/x"] {
            try await store.put(key, [])
        }
        let all = try await store.list(prefix: "log/", startAfter: nil)
        #expect(all.map(\.key) == ["log/01.json", "log/02.json", "log/10.json", "log/sub/z"])
        #expect(all.map { String($0.name) } == ["01.json", "02.json", "10.json", "z"])
        let rest = try await store.list(prefix: "log/", startAfter: "log/02.json")
        #expect(rest.map(\.key) == ["log/10.json", "log/sub/z"])
        #expect(try await store.list(prefix: "log", startAfter: "log/sub/a").map(\.key) == ["log/sub/z", "logs/x"])
        #expect(try await store.list(prefix: "nothing/", startAfter: nil).isEmpty)
    }

    @Test(arguments: Kind.allCases) func aMissingObjectIsNamed(kind: Kind) async throws {
        let store = makeStore(kind)
        let error = await #expect(throws: PipelineError.self) { try await store.get("nothing") }
        #expect(error?.code == .objectNotFound)
        #expect(error?.what.contains("nothing") == true)
        try await store.delete("nothing")
    }

    @Test(arguments: Kind.allCases) func aWrittenObjectHasAllItsPieces(kind: Kind) async throws {
        let store = makeStore(kind)
        let writer = try store.makeWriter("day=2026-01-01/part.parquet")
        for piece in 0..<10 { try writer.append([UInt8](repeating: UInt8(piece), count: 1000).span) }
        try await writer.finish()
        let bytes = try await store.get("day=2026-01-01/part.parquet")
        #expect(bytes.count == 10_000)
        #expect(bytes[9999] == 9)
        let error = #expect(throws: PipelineError.self) { try store.makeWriter("day=2026-01-01/part.parquet") }
        #expect(error?.code == .objectExists)
        try await store.delete("day=2026-01-01/part.parquet")
        #expect(try await store.info("day=2026-01-01/part.parquet") == nil)
    }
}
