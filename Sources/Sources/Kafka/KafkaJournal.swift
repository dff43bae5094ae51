// SPDX-License-Identifier: Apache-2.0
import KafkaClient
import StreamCore
import Synchronization

/// Takes what a client says by itself, from the client's threads, and passes on what a person should know.
final class KafkaJournal: Sendable {
    /// Where the events come from, in messages.
    let component: String
    private let events: any RunEvents
    private let state = Mutex<(link: KafkaLink, commitFailureNoted: Bool)>((KafkaLink(), false))

    init(component: String, events: any RunEvents) {
        self.component = component
        self.events = events
    }

    /// Whether the brokers can be reached.
    var link: KafkaLink { state.withLock { $0.link } }

    /// Something worked. Returns whether trouble had been noted before.
    func work() -> Bool { state.withLock { $0.link.work() } }

    /// Remembers that trouble was noted. Returns whether it had not been before.
    func note() -> Bool { state.withLock { $0.link.note() } }

    /// Takes an event. Must not block.
    func take(_ event: KafkaEvent) {
        switch event {
        case .trouble(let code, let text, let fatal):
            let shouldNote = state.withLock { $0.link.add(code, text) }
            if fatal {
                events.note(.error, component, "the Kafka client failed: \(text)")
            } else if shouldNote {
                events.note(
                    .warning, component, "no broker can be reached: waiting (\(link.trouble?.text ?? text))")
            }
        case .committed(let code):
            guard code != .none,
                !state.withLock({ state in
                    defer { state.commitFailureNoted = true }
                    return state.commitFailureNoted
                })
            else { return }
            events.note(
                .warning, component,
                "group offsets cannot be committed (\(code)): lag monitors see old values; nothing else depends on them"
            )
        case .log(let severity, let text):
            if severity <= 3 { events.note(.debug, component, text) }
        case .statistics, .deliveryFailed: break
        }
    }
}
