// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// Sends notes of sources to the log and shows no progress; for commands that only look.
struct LoggedEvents: RunEvents {
    let log: Logger

    /// Writes a note to the log.
    func note(_ level: EventLevel, _ component: String, _ message: String) {
        log.log(level, message, [("component", component)])
    }
}
