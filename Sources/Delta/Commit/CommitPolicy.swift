// SPDX-License-Identifier: Apache-2.0
import ObjectStore

/// How a table is committed to: bounds, identity and time. Values that tests set.
public struct CommitPolicy: Sendable {
    /// How often a commit is tried against other writers and doubtful outcomes.
    public var attempts = 30
    /// The longest pause between two tries; the first are shorter, and each is random.
    public var pauseMillis: Int64 = 200
    /// The program that `commitInfo` names.
    public var engineInfo = "Millrace/0.1.0"
    /// Whether `.crc` files are written.
    public var writesChecksums = true
    /// Whether table checkpoints are written.
    public var writesCheckpoints = true
    /// Whether expired files of the log are removed.
    public var cleansLog = true
    /// The time, ms since 1970 UTC.
    public var nowMillis: @Sendable () -> Int64 = { WallClock.nowMillis }
    /// Waits between two tries.
    public var pause: @Sendable (_ millis: Int64) async -> Void = { millis in
        try? await Task.sleep(for: .milliseconds(millis))
    }
    /// Hears of background work that failed; commits do not.
    public var note: @Sendable (_ message: String) -> Void = { _ in }

    /// The defaults.
    public init() {}
}
