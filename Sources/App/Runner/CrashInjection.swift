// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// Ends the process at a named step when `MILLRACE_CRASH_AT` says so: `checkpoint.after`, or `checkpoint.after@3` for epoch 3 alone.
///
/// Debug builds only: a release never looks at the variable.
enum CrashInjection {
    /// The code of a process that was ended so.
    static let exitCode: Int32 = 99

    /// The hook for the engine.
    static func hook(environment: [String: String]) -> CrashHook {
        #if DEBUG
        guard let text = environment["MILLRACE_CRASH_AT"] else { return { _, _ in } }
        let parts = text.split(separator: "@", maxSplits: 1)
        guard let point = parts.first.flatMap({ CrashPoint(rawValue: String($0)) }) else { return { _, _ in } }
        let epoch = parts.count > 1 ? Int64(parts[1]) : nil
        return { at, number in
            if at == point && (epoch ?? number.number) == number.number { ThisProcess.abandon(exitCode) }
        }
        #else
        return { _, _ in }
        #endif
    }
}
