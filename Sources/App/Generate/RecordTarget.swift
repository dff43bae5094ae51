// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore

/// Where generated records go.
protocol RecordTarget: AnyObject {
    /// Takes records as lines; may wait.
    func write(_ records: RawRecords) throws(PipelineError)
    /// Makes everything visible and durable as far as the target can.
    func finish() throws(PipelineError)
}
