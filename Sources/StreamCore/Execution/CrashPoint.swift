// SPDX-License-Identifier: Apache-2.0

/// The named steps of an epoch at which tests inject a crash, in the order they are passed.
public enum CrashPoint: String, Sendable, CaseIterable {
    case planBefore = "plan.before"
    case planAfter = "plan.after"
    case readAfter = "read.after"
    /// After the changes of the operators' state are durable; pipelines without state pass it as well.
    case stateAfter = "state.after"
    case prepareAfter = "prepare.after"
    case checkpointBefore = "checkpoint.before"
    case checkpointAfter = "checkpoint.after"
    case publishBefore = "publish.before"
    /// After each sink that has published, so with several sinks some have and some have not.
    case publishAfter = "publish.after"
    case confirmBefore = "confirm.before"
    case confirmAfter = "confirm.after"
    case releaseAfter = "release.after"
}

/// Called at each `CrashPoint`; in production it does nothing.
public typealias CrashHook = @Sendable (CrashPoint, Epoch) -> Void
