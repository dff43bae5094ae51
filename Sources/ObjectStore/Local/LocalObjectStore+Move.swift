// SPDX-License-Identifier: Apache-2.0
import Blocking
public import Failures

extension LocalObjectStore {
    /// Gives an object another key, replacing one of that key; atomic for readers, durable when it returns.
    ///
    /// - Returns: `false` when there is no object of the first key.
    public func move(_ key: String, to target: String) async throws(PipelineError) -> Bool {
        let (source, destination) = (try path(key), try path(target))
        return try await thread().run { [self] () throws(PipelineError) -> Bool in
            guard try SystemFile.status(of: source) != nil else { return false }
            try makeFolders(Self.folder(of: destination))
            try SystemFile.rename(source, to: destination)
            try synchronizeFolder(of: destination)
            try synchronizeFolder(of: source)
            return true
        }
    }
}
