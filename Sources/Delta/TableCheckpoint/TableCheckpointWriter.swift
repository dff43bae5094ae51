// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore

/// Writes table checkpoints.
struct TableCheckpointWriter {
    let store: any ObjectStore
    let nowMillis: Int64

    func write(_ snapshot: TableSnapshot) async throws(PipelineError) {
    }
}
