// SPDX-License-Identifier: Apache-2.0
import CRdkafka

/// An error of librdkafka (negative) or of a broker (positive), by its number in the protocol.
public struct KafkaErrorCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number.
    public let rawValue: Int32

    /// An error by number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    init(_ code: rd_kafka_resp_err_t) { rawValue = code.rawValue }

    var raw: rd_kafka_resp_err_t { rd_kafka_resp_err_t(rawValue) }

    /// No error.
    public static let none = KafkaErrorCode(RD_KAFKA_RESP_ERR_NO_ERROR)
    /// A call did not finish in time.
    public static let timedOut = KafkaErrorCode(RD_KAFKA_RESP_ERR__TIMED_OUT)
    /// No broker can be reached.
    public static let allBrokersDown = KafkaErrorCode(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    /// The topic exists already.
    public static let topicExists = KafkaErrorCode(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    /// The producer's queue is full.
    public static let queueFull = KafkaErrorCode(RD_KAFKA_RESP_ERR__QUEUE_FULL)

    /// The broker or the TLS layer refused who we are, or we refused the broker.
    public var isAuthentication: Bool {
        switch raw {
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, RD_KAFKA_RESP_ERR__SSL,
            RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
            true
        default: false
        }
    }

    /// The principal may not do this.
    public var isAuthorization: Bool {
        switch raw {
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            true
        default: false
        }
    }

    /// The topic or partition is not there.
    public var isUnknownTopic: Bool {
        switch raw {
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            true
        default: false
        }
    }

    /// The position asked for is below or past the log.
    public var isOutOfRange: Bool {
        raw == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || raw == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE
    }

    /// A record was thrown away with its transaction or producer.
    var isPurge: Bool { raw == RD_KAFKA_RESP_ERR__PURGE_QUEUE || raw == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT }

    /// Another producer took over our transactional id.
    public var isFenced: Bool {
        switch raw {
        case RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
            true
        default: false
        }
    }

    /// The library's words and the protocol's name.
    public var description: String {
        // SAFETY: the library returns constant C strings for every number.
        unsafe "\(String(cString: rd_kafka_err2str(raw))) (\(String(cString: rd_kafka_err2name(raw))))"
    }
}
