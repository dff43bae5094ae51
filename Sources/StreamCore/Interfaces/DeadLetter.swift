// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// A record that could not be decoded.
public struct MalformedRecord: Sendable, Hashable {
    /// Its position in the batch's `RawRecords`.
    public let recordIndex: Int
    /// Why: `malformedRecord`, `missingValue`, `numericOverflow`, ….
    public let code: PipelineError.Code
    /// What is wrong, naming the field.
    public let message: String

    /// A malformed record.
    public init(recordIndex: Int, code: PipelineError.Code, message: String) {
        self.recordIndex = recordIndex
        self.code = code
        self.message = message
    }
}

/// A record that was not used, with its reason and its origin; one row of the dead-letter table.
public struct DeadLetter: Sendable {
    /// The source's name in the pipeline file.
    public let source: String
    /// The partition it came from.
    public let partition: SourcePartition
    /// Its position there.
    public let position: Offset
    /// Where it failed: `decode`, or the name of the transform, expectation or sink.
    public let stage: String
    /// Why.
    public let code: PipelineError.Code
    /// What was wrong, with the expression's text where there is one.
    public let message: String
    /// The record as it came.
    public let raw: Buffer<UInt8>

    /// A dead letter.
    public init(
        source: String, partition: SourcePartition, position: Offset, stage: String, code: PipelineError.Code,
        message: String, raw: Buffer<UInt8>
    ) {
        self.source = source
        self.partition = partition
        self.position = position
        self.stage = stage
        self.code = code
        self.message = message
        self.raw = raw
    }
}
