// SPDX-License-Identifier: Apache-2.0
public import Failures

/// The outcome of writing an object only if its key is free.
public enum PutOutcome: Hashable, Sendable {
    /// It is there, durably, and we wrote it.
    case written
    /// There was one already. After an earlier `unknown` it may be our own.
    case exists
    /// It may be there or not; read it back to find out.
    case unknown(PipelineError)
}
