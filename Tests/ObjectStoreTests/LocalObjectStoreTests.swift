// SPDX-License-Identifier: Apache-2.0
import Failures
import Glibc
import ObjectStore
import StreamTesting
import Testing

struct LocalObjectStoreTests {
    @Test func aFolderRemovedBehindOurBackIsMadeAgain() async throws {
        let folder = TemporaryFolder()
        let store = LocalObjectStore(root: folder.path)
        try await store.put("p/a", [1])
        try await store.delete("p/a")
        // SAFETY: the string is bridged to a C string that lives for the call.
        #expect(unsafe rmdir(folder.path + "/p") == 0)
        try await store.put("p/b", [2])
        #expect(try await store.get("p/b") == [2])
    }

    @Test func aFileWhereAFolderMustBeIsRefused() async throws {
        let folder = TemporaryFolder()
        try await LocalObjectStore(root: folder.path).put("table", [1])
        let store = LocalObjectStore(root: folder.path + "/table")
        let error = await #expect(throws: PipelineError.self) { try await store.put("_delta_log/0.json", []) }
        #expect(error?.code == .storageFailed)
        #expect(try await store.list(prefix: "_delta_log/", startAfter: nil).isEmpty)
    }

    @Test func keysCannotLeaveTheRoot() async throws {
        let store = LocalObjectStore(root: "/tmp")
        for key in ["../x", "a/../../x", "/etc/x", "", "a\0b"] {
            let error = await #expect(throws: PipelineError.self) { try await store.get(key) }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test(
        "locations",
        arguments: [
            ("data/t", "data/t"), ("/abs/t/", "/abs/t"), ("file:///abs/t", "/abs/t"), ("file:/abs/t", "/abs/t"),
            ("file://localhost/abs", "/abs"), ("file:///a%20b/%C3%A9", "/a b/é"), ("a:b", "a:b"),
        ])
    func aLocationIsAPathOrAFileURI(text: String, root: String) throws {
        #expect(try StoreLocation(text).makeStore().root == root)
    }

    @Test(
        "locations that are refused",
        arguments: [
            ("s4://bucket/t", PipelineError.Code.unsupported), ("", .invalidArgument),
            ("file://host/t", .invalidArgument),
            ("file:///a%zz", .invalidArgument), ("file:///a%ff", .invalidArgument),
        ])
    func otherLocationsAreRefused(text: String, code: PipelineError.Code) {
        let error = #expect(throws: PipelineError.self) { try StoreLocation(text) }
        #expect(error?.code == code)
    }
}
