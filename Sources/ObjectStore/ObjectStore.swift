// SPDX-License-Identifier: Apache-2.0
public import Failures

/// Objects by key under one root: a folder, or a bucket and prefix.
///
/// What the Delta log and data files are kept in.
///
/// Keys are relative to the root, separated by `/`, never URL-encoded. Every call may be made by several tasks at once.
public protocol ObjectStore: Sendable {
    /// The root as a person would write it, for messages.
    var root: String { get }

    /// Writes an object, replacing one of that key. Atomic for readers, durable when it returns.
    func put(_ key: String, _ bytes: [UInt8]) async throws(PipelineError)

    /// Writes an object unless one of that key is there. Atomic, and durable when it answers `written`.
    ///
    /// - Throws: what certainly left nothing behind (`permissionDenied`, `diskFull`, …); doubt is an outcome, not an error.
    func putIfAbsent(_ key: String, _ bytes: [UInt8]) async throws(PipelineError) -> PutOutcome

    /// The bytes of an object, or those in `range` (clamped to its size).
    ///
    /// - Throws: `objectNotFound` when there is none.
    func get(_ key: String, range: Range<Int>?) async throws(PipelineError) -> [UInt8]

    /// The objects whose key starts with `prefix` and sorts after `startAfter`, sorted bytewise by key. Empty when there are none.
    func list(prefix: String, startAfter: String?) async throws(PipelineError) -> [ObjectInfo]

    /// Size and time of an object, `nil` when there is none.
    func info(_ key: String) async throws(PipelineError) -> ObjectInfo?

    /// Removes an object; does nothing when there is none.
    func delete(_ key: String) async throws(PipelineError)

    /// Begins a new object that is written piece by piece. The key must be new: an existing object is `objectExists`.
    func makeWriter(_ key: String) throws(PipelineError) -> any ObjectWriter

    /// Begins a new object of which nobody sees anything until it is finished, and then all of it.
    ///
    /// Finishing throws `objectExists` when the key was taken meanwhile; giving it up leaves nothing behind.
    func makeAtomicWriter(_ key: String) throws(PipelineError) -> any ObjectWriter
}

extension ObjectStore {
    /// All bytes of an object.
    public func get(_ key: String) async throws(PipelineError) -> [UInt8] { try await get(key, range: nil) }
}
