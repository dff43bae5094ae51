// SPDX-License-Identifier: Apache-2.0
import Delta
public import Failures
import JSONText
public import StreamCore

extension DeltaSink {
    /// Where the recorded epoch came from, from the newest commit of this application; `nil` when the log no longer says.
    func newestProvenance(of epoch: Int64, _ head: TableHead) async throws(PipelineError) -> Provenance? {
        if let found = provenance(head.commitInfo?.json), found.epoch.number == epoch { return found }
        var version = head.version
        while let commit = try await table.commit(of: version) {
            if let found = provenance(commit.info.json) { return found.epoch.number == epoch ? found : nil }
            guard version.number > 0 else { return nil }
            version = TableVersion(version.number - 1)
        }
        return nil
    }

    /// The provenance in a `commitInfo`, when this application wrote it.
    private func provenance(_ info: JSONValue?) -> Provenance? {
        guard let json = info?["millrace"], json["appId"]?.string == appID else { return nil }
        return Provenance(json)
    }

    /// The offsets of all epochs of this application that the table's log still holds, later ones over earlier ones: where
    /// each source partition stands, also those (files) that only an earlier epoch read. `nil` when there is none.
    ///
    /// `epoch`, `starts`, pipeline and watermarks are the newest epoch's. Reads the whole log.
    public func recoverOffsets() async throws(PipelineError) -> Provenance? {
        var newest: Provenance?
        var offsets: [String: SourceOffsets] = [:]
        for info in try await table.history() {
            guard let found = provenance(info.json) else { continue }
            if newest == nil { newest = found }
            for (source, partitions) in found.offsets {
                offsets[source, default: [:]].merge(partitions) { later, _ in later }
            }
        }
        newest?.offsets = offsets
        return newest
    }
}
