// SPDX-License-Identifier: Apache-2.0
public import Failures
import JSONText

/// What a table asks of everyone who writes to it; refuses by name what we cannot honour, before anything is written.
public struct WriteRules: Sendable {
    let tableProtocol: TableProtocol
    let metadata: TableMetadata
    private let schema: TableSchema

    /// The rules of a table as it is.
    ///
    /// - Throws: `unsupportedTableFeature` with the feature's name.
    public init(_ head: TableHead) throws(PipelineError) {
        try self.init(head.tableProtocol, head.metadata, head.schema)
    }

    /// The rules that hold once a commit is applied: it may bring protocol and metadata itself.
    init(after commit: TableCommit, on head: TableHead?) throws(PipelineError) {
        var (tableProtocol, metadata) = (head?.tableProtocol, head?.metadata)
        for action in commit.actions {
            if case .tableProtocol(let new) = action { tableProtocol = new }
            if case .metadata(let new) = action { metadata = new }
        }
        guard let tableProtocol, let metadata else {
            throw PipelineError(.tableNotFound, "there is no table to commit to")
        }
        let isKnown = head.map { $0.metadata.schemaText == metadata.schemaText } ?? false
        if isKnown, let head {
            try self.init(tableProtocol, metadata, head.schema)
        } else {
            try self.init(tableProtocol, metadata, try TableSchema(text: metadata.schemaText))
        }
    }

    private init(
        _ tableProtocol: TableProtocol, _ metadata: TableMetadata, _ schema: TableSchema
    ) throws(PipelineError) {
        self.tableProtocol = tableProtocol
        self.metadata = metadata
        self.schema = schema
        try tableProtocol.requireWritable()
        guard metadata.formatProvider == "parquet" else {
            throw PipelineError(
                .unsupportedTableFeature, "the table's files are '\(metadata.formatProvider)', not parquet")
        }
        for property in metadata.configuration.keys.sorted() where property.hasPrefix("delta.constraints.") {
            throw Self.refusal(
                "checkConstraints", "the CHECK constraint '\(property.dropFirst(18))'",
                "Drop it with ALTER TABLE … DROP CONSTRAINT, and state it as an expectation of the pipeline")
        }
        try refuse(metadata: "delta.invariants", "invariants", "column invariants")
        try refuse(metadata: "delta.generationExpression", "generatedColumns", "generated columns")
        try refuse(metadata: "delta.identity.start", "identityColumns", "identity columns")
    }

    private func refuse(metadata name: String, _ feature: String, _ what: String) throws(PipelineError) {
        guard schema.hasFieldMetadata(name) else { return }
        throw Self.refusal(feature, what, "Write to another table")
    }

    private static func refusal(_ feature: String, _ what: String, _ hint: String) -> PipelineError {
        PipelineError(
            .unsupportedTableFeature,
            "the table has \(what) (feature '\(feature)'), which this release cannot evaluate", hint: hint)
    }

    /// Whether a column that the rows lack may be left out; one with a DEFAULT may not, since readers would see NULL.
    public func allowsOmitting(column index: Int) -> Bool {
        schema.metadata(of: index)?["CURRENT_DEFAULT"] == nil
    }

    /// Refuses a table whose rows may not be replaced, or not by us.
    ///
    /// - Parameter keepingRows: whether rows are moved to other files, and not only removed with theirs.
    /// - Throws: `unsupportedTableFeature` with the reason.
    public func requireReplaceable(keepingRows: Bool) throws(PipelineError) {
        guard !(metadata.isOn("delta.appendOnly") && tableProtocol.has("appendOnly")) else {
            throw PipelineError(
                .unsupportedTableFeature, "rows cannot be replaced in an append-only table (delta.appendOnly)",
                hint: "Use mode \"append\", another table, or set delta.appendOnly to false")
        }
        guard !metadata.isOn("delta.enableChangeDataFeed") else {
            throw Self.unable("delta.enableChangeDataFeed", "replacing rows would need change data files")
        }
        guard keepingRows else { return }
        if metadata.isOn("delta.enableRowTracking") {
            throw Self.unable("delta.enableRowTracking", "rows that move to another file would lose their ids")
        }
        if metadata.configuration["delta.columnMapping.mode"] == "id" {
            throw Self.unable("delta.columnMapping.mode", "files whose columns are found by id are not read")
        }
    }

    private static func unable(_ property: String, _ why: String) -> PipelineError {
        PipelineError(
            .unsupportedTableFeature,
            "rows cannot be replaced in a table with '\(property)' by this release: \(why)", hint: "Use another table")
    }

    /// Refuses actions that the table's properties forbid.
    func check(_ commit: TableCommit) throws(PipelineError) {
        for case .remove(let file) in commit.actions where file.dataChange {
            guard !(metadata.isOn("delta.appendOnly") && tableProtocol.has("appendOnly")) else {
                throw PipelineError(
                    .unsupportedTableFeature, "rows cannot be removed from an append-only table (delta.appendOnly)")
            }
            guard !metadata.isOn("delta.enableChangeDataFeed") else {
                throw PipelineError(
                    .unsupportedTableFeature,
                    "removing rows from a table with feature 'changeDataFeed' is not supported")
            }
        }
    }
}
