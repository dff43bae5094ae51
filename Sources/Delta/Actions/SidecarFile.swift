// SPDX-License-Identifier: Apache-2.0
public import Failures
public import JSONText

/// The `sidecar` action of a V2 table checkpoint: a Parquet file of `add` and `remove` actions in `_delta_log/_sidecars`.
public struct SidecarFile: Hashable, Sendable {
    /// The name of the file, decoded.
    public var path: String
    /// The size in bytes.
    public var byteCount: Int64

    /// Reads the action's value.
    public init(json: JSONValue) throws(PipelineError) {
        let fields = try ActionFields("sidecar", json)
        path = try PathEncoding.decoded(try fields.string("path"))
        byteCount = try fields.integer("sizeInBytes")
    }

    init(path: String, byteCount: Int64) {
        self.path = path
        self.byteCount = byteCount
    }
}
