// SPDX-License-Identifier: Apache-2.0

/// Something a Kafka client says on its own, from one of its threads. Receivers must not block or call the client.
public enum KafkaEvent: Sendable {
    /// A connection or the whole client is in trouble; the library goes on trying unless `fatal`.
    case trouble(KafkaErrorCode, String, fatal: Bool)
    /// A log line of the library; `severity` as in syslog (3 error, 4 warning, 6 info, 7 debug).
    case log(severity: Int, String)
    /// The library's statistics as JSON, every `statistics.interval.ms`.
    case statistics(String)
    /// Group offsets were committed (`none`) or could not be.
    case committed(KafkaErrorCode)
    /// A record that was handed to the producer will not arrive.
    case deliveryFailed(KafkaErrorCode, topic: String, partition: Int)
}

/// Takes a client's events.
public typealias KafkaEventHandler = @Sendable (KafkaEvent) -> Void
