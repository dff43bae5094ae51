// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// The transforms of a pipeline, run over one source batch at a time by several workers at once.
public protocol BatchProcessor: Sendable {
    /// Computes what each wanted relation gets from these rows, at the time of their epoch.
    ///
    /// - Throws: what must stop the run: an expectation with `"onViolation": "fail"`.
    func process(
        source: String, rows: ColumnBatch, context: EvaluationContext
    ) throws(PipelineError) -> ProcessedBatch
}

/// What the transforms made of a source batch.
public struct ProcessedBatch: Sendable {
    /// The rows of each relation that a sink reads; relations without rows may be absent.
    public var outputs: [String: ColumnBatch]
    /// For each row of an output the input row it was made of; a relation whose rows are all the input rows in order is absent.
    public var origins: [String: Buffer<Int32>] = [:]
    /// Input rows that a transform or an expectation refused and that go to dead letters.
    public var rejected: [RejectedRow]
    /// Violations that were counted only, by `relation.expectation`.
    public var violations: [String: Int]

    /// A result.
    public init(outputs: [String: ColumnBatch] = [:], rejected: [RejectedRow] = [], violations: [String: Int] = [:]) {
        self.outputs = outputs
        self.rejected = rejected
        self.violations = violations
    }
}

/// An input row that was not used, and why.
public struct RejectedRow: Hashable, Sendable {
    /// The row of the source batch.
    public let row: Int
    /// The transform or expectation.
    public let stage: String
    /// Why.
    public let code: PipelineError.Code
    /// What was wrong, with the expression's text.
    public let message: String

    /// A refused row.
    public init(row: Int, stage: String, code: PipelineError.Code, message: String) {
        self.row = row
        self.stage = stage
        self.code = code
        self.message = message
    }
}
