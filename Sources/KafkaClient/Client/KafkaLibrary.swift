// SPDX-License-Identifier: Apache-2.0
import CRdkafka

/// The librdkafka that this process runs with, which may be newer than the one it was built against.
public enum KafkaLibrary {
    /// The version as text, for example `2.0.2`.
    public static var version: String {
        // SAFETY: the library returns a constant C string.
        unsafe String(cString: rd_kafka_version_str())
    }

    /// Major, minor and patch number.
    public static var versionNumbers: (major: Int, minor: Int, patch: Int) {
        let packed = Int(rd_kafka_version())
        return (packed >> 24 & 0xFF, packed >> 16 & 0xFF, packed >> 8 & 0xFF)
    }

    /// Whether SASL SCRAM works with brokers since Kafka 3.7.2 and 3.8.1, which check the client's nonce (CVE-2024-56128).
    /// librdkafka before 2.6 sends one that they refuse.
    public static var knowsStrictScram: Bool {
        versionNumbers.major > 2 || (versionNumbers.major == 2 && versionNumbers.minor >= 6)
    }
}
