// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
public import StreamCore

/// A processor whose relations are the sources themselves; rows of the value `rejecting` are refused.
public struct Passthrough: BatchProcessor {
    private let rejecting: Int64?

    /// A processor that refuses rows of one value, or none.
    public init(rejecting: Int64? = nil) { self.rejecting = rejecting }

    /// Gives the rows back under the source's name.
    public func process(
        source: String, rows: ColumnBatch, context: EvaluationContext
    ) throws(PipelineError) -> ProcessedBatch {
        let refused = rows.rows.indices.filter { index in rejecting.map { rows.row(index) == [.bigint($0)] } ?? false }
        let kept = rows.rows.indices.filter { !refused.contains($0) }.map { Int32($0) }
        return ProcessedBatch(
            outputs: [source: rows.taking(Buffer(kept))],
            rejected: refused.map { RejectedRow(row: $0, stage: "t", code: .divideByZero, message: "1 / 0") })
    }
}
