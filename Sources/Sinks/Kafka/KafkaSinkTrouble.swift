// SPDX-License-Identifier: Apache-2.0
import KafkaClient
import Synchronization

/// Why the brokers could not be reached, as far as the clients have said by themselves.
final class KafkaSinkTrouble: Sendable {
    private let last = Mutex<(code: KafkaErrorCode, text: String)?>(nil)

    /// Takes an event. Must not block.
    func take(_ event: KafkaEvent) {
        guard case .trouble(let code, let text, _) = event else { return }
        last.withLock { last in
            // "All brokers down" only sums up, and a refused password matters more than a closed connection.
            if code == .allBrokersDown && last != nil { return }
            if last?.code.isAuthentication == true && !code.isAuthentication { return }
            last = (code, text)
        }
    }

    /// The last trouble since something worked.
    var current: (code: KafkaErrorCode, text: String)? { last.withLock { $0 } }

    func forget() { last.withLock { $0 = nil } }
}
