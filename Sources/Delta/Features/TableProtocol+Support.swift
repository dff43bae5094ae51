// SPDX-License-Identifier: Apache-2.0
public import Failures

extension TableProtocol {
    /// The features that the table has, by name or by its writer version.
    public var features: Set<String> {
        if minWriterVersion >= 7 { return Set(writerFeatures ?? []).union(readerFeatures ?? []) }
        let implied = TableFeature.all.filter { ($0.legacyWriterVersion ?? .max) <= minWriterVersion }.map(\.name)
        return Set(implied).union(readerFeatures ?? [])
    }

    /// Whether the table has a feature.
    public func has(_ feature: String) -> Bool { features.contains(feature) }

    /// Refuses a table that we cannot read, naming every reason.
    ///
    /// - Throws: `unsupportedTableFeature`.
    public func requireReadable() throws(PipelineError) {
        guard minReaderVersion <= 3 else { throw Self.tooNew("reader", minReaderVersion, 3) }
        guard minReaderVersion == 3 || readerFeatures == nil else {
            throw PipelineError(
                .corruptTable, "the table's protocol lists reader features with reader version \(minReaderVersion)")
        }
        let missing = (readerFeatures ?? []).filter { !(TableFeature.byName[$0]?.isReadable ?? false) }
        guard missing.isEmpty else { throw Self.unsupported(missing, "read") }
    }

    /// Refuses a table that we cannot write, naming every reason.
    ///
    /// - Throws: `unsupportedTableFeature`.
    public func requireWritable() throws(PipelineError) {
        try requireReadable()
        guard minWriterVersion <= 7 else { throw Self.tooNew("writer", minWriterVersion, 7) }
        let missing = features.filter { !(TableFeature.byName[$0]?.isWritable ?? false) }.sorted()
        guard missing.isEmpty else { throw Self.unsupported(missing, "written") }
    }

    private static func tooNew(_ role: String, _ version: Int, _ known: Int) -> PipelineError {
        PipelineError(
            .unsupportedTableFeature, "the table needs \(role) version \(version), and \(known) is the newest known",
            hint: "Use a newer release, or lower the table's protocol")
    }

    private static func unsupported(_ names: [String], _ verb: String) -> PipelineError {
        let list = names.map { "'\($0)'" }.joined(separator: ", ")
        return PipelineError(
            .unsupportedTableFeature,
            "the table cannot be \(verb): its protocol asks for \(list), which \(names.count == 1 ? "is" : "are") not supported",
            hint: "Drop the feature from the table, or use another table")
    }
}
