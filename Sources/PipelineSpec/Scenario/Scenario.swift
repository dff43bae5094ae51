// SPDX-License-Identifier: Apache-2.0
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
    /// What happens, in order.
    public var steps: [Step]
    /// What must be true at the end.
    public var expectation: ScenarioExpectation?

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
        /// One epoch is run.
        case epoch
        /// The clock moves on.
        case advance(micros: Int64)
        /// An epoch is run up to a point where the process dies; then it is started again.
        case crash(CrashPoint, workers: Int?)
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
            case .epoch: "epoch"
            case .advance: "advance"
            case .crash: "crash"
            case .restart: "restart"
            case .finish: "finish"
            case .expect: "expect"
            }
        }
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
        /// The time of Kafka records, µs since 1970 UTC; `nil` the clock's.
        public var timestampMicros: Int64?
    }
}
