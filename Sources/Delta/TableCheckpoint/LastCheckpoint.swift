// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import ObjectStore

/// `_delta_log/_last_checkpoint`: a hint where a recent table checkpoint is. Never trusted without looking.
struct LastCheckpoint {
    let version: TableVersion

    /// What the hint says; `nil` when there is none or it cannot be read.
    static func read(from store: any ObjectStore) async throws(PipelineError) -> LastCheckpoint? {
        let bytes: [UInt8]
        do throws(PipelineError) {
            bytes = try await store.get(LogFileName.lastCheckpointKey)
        } catch {
            guard error.code == .objectNotFound else { throw error }
            return nil
        }
        guard let json = try? JSONValue(parsing: bytes), let version = json["version"]?.int64, version >= 0 else {
            return nil
        }
        return LastCheckpoint(version: TableVersion(version))
    }

    /// The text of the hint for a classic checkpoint.
    static func text(version: TableVersion, actions: Int, byteCount: Int, files: Int) -> [UInt8] {
        let json: JSONValue = [
            "version": .number(version.number), "size": .number(actions), "sizeInBytes": .number(byteCount),
            "numOfAddFiles": .number(files),
        ]
        return Array(json.text.utf8)
    }
}
