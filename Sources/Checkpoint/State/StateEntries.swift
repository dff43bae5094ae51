// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import StreamCore

/// What a decided epoch adds to the record of state: the content of a `StateToken`.
struct StateEntries: Hashable, Sendable {
    var files: [StateFile] = []
    /// Slices of snapshots that were finished since the last epoch.
    var slices: [StateSlice] = []
    /// Files that nothing needs any more to restore the newest state, by path.
    var supersededFiles: [String] = []
    /// Slices that nothing needs any more.
    var supersededSlices: [StateSlice] = []

    /// The version of the token's text.
    private static let formatVersion: Int64 = 1

    var isEmpty: Bool { files.isEmpty && slices.isEmpty && supersededFiles.isEmpty && supersededSlices.isEmpty }

    /// The token.
    var token: StateToken {
        if isEmpty { return StateToken("") }
        let json: JSONValue = [
            "format": .number(Self.formatVersion), "files": .array(files.map(\.json)),
            "slices": .array(slices.map(\.json)), "supersededFiles": .array(supersededFiles.map { .string($0) }),
            "supersededSlices": .array(supersededSlices.map(\.json)),
        ]
        return StateToken(json.text)
    }

    init() {}

    /// The entries of a token that this store made.
    init(_ token: StateToken) throws(PipelineError) {
        if token.text.isEmpty { return }
        let json = try JSONValue(parsing: token.text)
        guard json["format"]?.int64 == Self.formatVersion, let files = json["files"]?.elements,
            let slices = json["slices"]?.elements, let paths = json["supersededFiles"]?.elements,
            let old = json["supersededSlices"]?.elements
        else {
            throw PipelineError(.corruptCheckpoint, "the state of an epoch is recorded in a form that is not known")
        }
        self.files = files.compactMap { StateFile($0) }
        self.slices = slices.compactMap { StateSlice($0) }
        supersededFiles = paths.compactMap(\.string)
        supersededSlices = old.compactMap { StateSlice($0) }
    }
}
