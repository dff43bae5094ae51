// SPDX-License-Identifier: Apache-2.0
import Blocking
public import Failures
import Synchronization

/// Writes one new file; pieces go to the system's page cache, `finish` waits for the disk.
public final class LocalObjectWriter: ObjectWriter {
    private let file: Mutex<SystemFile?>
    private let path: String
    /// The name that the finished file gets; `nil` when it has its name from the start.
    private let target: String?
    private let store: LocalObjectStore

    init(path: String, target: String? = nil, store: LocalObjectStore) throws(PipelineError) {
        file = Mutex(try SystemFile(path, .createNew))
        self.path = path
        self.target = target
        self.store = store
    }

    /// Adds bytes.
    public func append(_ bytes: Span<UInt8>) throws(PipelineError) {
        let outcome = file.withLock { (file: inout SystemFile?) -> Result<Void, PipelineError> in
            do throws(PipelineError) {
                switch file {
                case .some(let open): try open.write(bytes)
                case .none: throw PipelineError(.internalError, "bytes were added to a finished file")
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    /// Synchronises the file and its folder and closes it.
    public func finish() async throws(PipelineError) {
        let (store, path) = (store, path)
        try await store.thread().run { [self] () throws(PipelineError) in
            do throws(PipelineError) {
                try closeDurably()
                try takeName()
            } catch {
                if target != nil { _ = try? SystemFile.remove(path) }
                throw error
            }
            try store.synchronizeFolder(of: path)
        }
    }

    private func takeName() throws(PipelineError) {
        guard let target else { return }
        guard try SystemFile.link(path, as: target) else {
            throw PipelineError(.objectExists, "there is a file '\(target)'")
        }
        _ = try? SystemFile.remove(path)
    }

    private func closeDurably() throws(PipelineError) {
        let outcome = file.withLock { (file: inout SystemFile?) -> Result<Void, PipelineError> in
            do throws(PipelineError) {
                if let open = file.take() { try open.synchronize() }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    /// Closes the file. It stays where it is if it has its name already, and is removed otherwise.
    public func abandon() {
        file.withLock { $0 = nil }
        if target != nil { _ = try? SystemFile.remove(path) }
    }
}
