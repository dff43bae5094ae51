// SPDX-License-Identifier: Apache-2.0
public import Failures

/// Writes one new object piece by piece.
///
/// Used by one task at a time.
public protocol ObjectWriter: AnyObject, Sendable {
    /// Adds bytes.
    ///
    /// Goes to memory of the writer or the system; does not wait for disks.
    func append(_ bytes: Span<UInt8>) throws(PipelineError)

    /// Makes the object durable (file and folder). No call follows.
    func finish() async throws(PipelineError)

    /// Gives the object up; what was written may stay behind, unreferenced. No call follows.
    func abandon()
}
