// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import JSONText
public import StreamCore

/// A test of a pipeline: what comes when, and what must have been given then.
public struct Scenario: Sendable {
    /// What the test is for; empty when the file does not say.
    public var summary: String
    /// The pipeline.
    public var pipeline: Pipeline
    /// What the clock shows at first, µs since 1970 UTC.
    public var startMicros: Int64
    /// The tables that its streams look up, by the path that SQL names.
    public var tables: [String: Table]
    /// What happens, in order.
    public var steps: [Step]
    /// What must be true at the end.
    public var expectation: ScenarioExpectation?

    /// A table beside the streams.
    public struct Table: Sendable {
        /// Its columns.
        public var schema: Schema
        /// Its rows at the start.
        public var rows: [[Value]]
    }

    /// One thing that happens.
    public struct Step: Sendable {
        /// Where it stands in the file.
        public var position: TextPosition
        /// What it is for; empty when the file does not say.
        public var note: String
        /// What happens.
        public var action: Action
    }

    /// What happens.
    public enum Action: Sendable {
        /// Records come.
        case send(Sending)
        /// A table beside the streams has other rows from now on.
        case replace(Replacement)
        /// One epoch is run.
        case epoch
        /// The clock moves on.
        case advance(micros: Int64)
        /// An epoch is run up to a point where the process dies; then, with a table perhaps changed, it is started again.
        case crash(CrashPoint, workers: Int?, meanwhile: Replacement?)
        /// The pipeline is stopped and started again.
        case restart(workers: Int?)
        /// Everything is read and closed.
        case finish
        /// Something must be true.
        case expect(ScenarioExpectation)

        /// The key in the file.
        public var name: String {
            switch self {
            case .send: "send"
            case .replace: "replace"
            case .epoch: "epoch"
            case .advance: "advance"
            case .crash: "crash"
            case .restart: "restart"
            case .finish: "finish"
            case .expect: "expect"
            }
        }
    }

    /// A table and all its rows from then on.
    public struct Replacement: Sendable {
        /// The path that SQL names.
        public var table: String
        /// The rows, values in the order of the table's columns.
        public var rows: [[Value]]
    }

    /// Records of one partition.
    public struct Sending: Sendable {
        /// The source.
        public var source: String
        /// The partition.
        public var partition: SourcePartition
        /// The bytes of the records.
        public var records: [[UInt8]]
        /// The key of Kafka records.
        public var key: [UInt8]?
        /// The headers of Kafka records.
        public var headers: [(name: String, value: [UInt8])]
        /// The time of Kafka records, µs since 1970 UTC; `nil` the clock's.
        public var timestampMicros: Int64?
    }
}
