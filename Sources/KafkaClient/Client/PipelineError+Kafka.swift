// SPDX-License-Identifier: Apache-2.0
import CRdkafka
public import Failures

extension PipelineError {
    /// A failed call or event of a Kafka client, in the engine's terms.
    ///
    /// - Parameter doing: what could not be done, as the start of a sentence: `the offsets cannot be read`.
    public static func kafka(
        _ code: KafkaErrorCode, _ doing: String, at places: [Place] = [], configuration: KafkaConfiguration,
        detail: String = "", fallback: Code = .sourceUnavailable
    ) -> PipelineError {
        let cause = detail.isEmpty ? code.description : detail
        if code.isAuthentication {
            return PipelineError(
                .authenticationFailed, "\(doing): the brokers \(configuration.brokers) refused the connection",
                at: places, hint: authenticationHint(code, configuration), cause: cause)
        }
        if code.isAuthorization {
            return PipelineError(
                .permissionDenied, doing, at: places,
                hint: "Give the user of this connection the right to read the topic (READ and DESCRIBE)", cause: cause)
        }
        if code.isUnknownTopic { return PipelineError(.topicNotFound, doing, at: places, cause: cause) }
        if code.isFenced {
            return PipelineError(
                .fenced, doing, at: places, hint: "Another process works under the same transactional id", cause: cause)
        }
        if code == .topicExists { return PipelineError(.objectExists, doing, at: places, cause: cause) }
        switch code.raw {
        case RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR_INVALID_REQUEST, RD_KAFKA_RESP_ERR_INVALID_CONFIG,
            RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
            return PipelineError(.invalidArgument, doing, at: places, cause: cause)
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return PipelineError(
                .invalidArgument, doing, at: places,
                hint: "Raise \"receive.message.max.bytes\" and \"fetch.message.max.bytes\" in \"properties\"",
                cause: cause)
        default:
            return PipelineError(
                fallback, doing, at: places,
                hint: "Check that \"brokers\" (\(configuration.brokers)) is right and that they run", cause: cause)
        }
    }

    private static func authenticationHint(_ code: KafkaErrorCode, _ configuration: KafkaConfiguration) -> String {
        if code.raw == RD_KAFKA_RESP_ERR__SSL {
            return "Check \"ssl.ca.location\" (who signed the brokers' certificates), \"ssl.certificate.location\" and "
                + "\"ssl.key.location\" in \"properties\", and that the port speaks TLS"
        }
        let check = "Check \"sasl.mechanism\", \"sasl.username\" and \"sasl.password\" in \"properties\""
        guard configuration.usesScram && !KafkaLibrary.knowsStrictScram else { return check }
        return check
            + ". If they are right: librdkafka \(KafkaLibrary.version) cannot do SCRAM with Kafka 3.7.2, 3.8.1 "
            + "and later; put a librdkafka.so.1 of version 2.6 or newer on the library path (LD_LIBRARY_PATH), "
            + "or use PLAIN over TLS"
    }
}
