// SPDX-License-Identifier: Apache-2.0
import KafkaClient
import StreamCore

/// Whether the brokers can be reached, as far as the client has told.
struct KafkaLink: Sendable {
    /// The last trouble since something worked.
    private(set) var trouble: (code: KafkaErrorCode, text: String)?
    /// Whether the brokers have answered since the source was made.
    private(set) var hasWorked = false
    private var noted = false

    /// Takes trouble in. Returns whether it should be noted: when no broker can be reached any more, once.
    mutating func add(_ code: KafkaErrorCode, _ text: String) -> Bool {
        // "All brokers down" only sums up; what happened before says why.
        if code == .allBrokersDown {
            if trouble == nil { trouble = (code, text) }
            guard hasWorked && !noted else { return false }
            noted = true
            return true
        }
        if trouble?.code.isAuthentication != true || code.isAuthentication { trouble = (code, text) }
        return false
    }

    /// Something worked. Returns whether trouble had been noted before.
    mutating func work() -> Bool {
        defer { (trouble, noted, hasWorked) = (nil, false, true) }
        return noted
    }

    /// Remembers that trouble was noted. Returns whether it had not been before.
    mutating func note() -> Bool {
        defer { noted = true }
        return !noted
    }
}
