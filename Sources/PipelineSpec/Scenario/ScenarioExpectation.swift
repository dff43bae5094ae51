// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import JSONText

/// What must be true at a moment of a pipeline test.
public struct ScenarioExpectation: Sendable {
    /// Where it stands in the file.
    public var position: TextPosition
    /// Rows of sinks and relations.
    public var rows: [Rows]
    /// The dead letters; `nil` when they are not looked at.
    public var deadLetters: [Letter]?
    /// Watermarks by source or stateful transform; `nil` for none yet.
    public var watermarks: [(name: String, micros: Int64?)]
    /// Counts.
    public var counts: Counts
    /// How the run must have failed.
    public var failure: Failure?

    /// Rows of one sink or relation.
    public struct Rows: Sendable {
        /// The sink's or relation's name as the pipeline writes it.
        public var name: String
        /// Where they stand in the file.
        public var position: TextPosition
        /// The relation's columns.
        public var schema: Schema
        /// The columns that are compared, as positions in `schema`.
        public var columns: [Int]
        /// The rows, values in the order of `columns`.
        public var rows: [[Value]]
        /// Only rows since the last look, not since the start.
        public var isNewOnly: Bool
        /// Whether the order counts.
        public var isOrdered: Bool
        /// Of rows equal in these columns (positions in `schema`) only the newest counts; empty: all rows.
        public var latestBy: [Int]
    }

    /// A dead letter; what is `nil` is not compared.
    public struct Letter: Sendable {
        /// The source.
        public var source: String?
        /// The partition.
        public var partition: String?
        /// The number of the record.
        public var position: Int64?
        /// Where it failed.
        public var stage: String?
        /// Why.
        public var code: String?
        /// A part of the message.
        public var message: String?
        /// The record.
        public var raw: [UInt8]?
    }

    /// Counts since the start; what is `nil` is not compared.
    public struct Counts: Sendable {
        /// Confirmed epochs.
        public var epochs: Int64?
        /// Records read.
        public var records: Int64?
        /// Records that could not be decoded.
        public var malformed: Int64?
        /// Records in dead letters.
        public var deadLetters: Int64?
        /// Rows that came too late for a stateful transform.
        public var late: Int64?
        /// Broken expectations that were only counted, by `relation.expectation`.
        public var violations: [(name: String, count: Int64)] = []
    }

    /// An error; what is `nil` is not compared.
    public struct Failure: Sendable {
        /// Its code.
        public var code: String?
        /// A part of its text.
        public var message: String?
    }
}
