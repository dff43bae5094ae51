// SPDX-License-Identifier: Apache-2.0
import CRdkafka
import Failures

/// Owns one librdkafka client and destroys it once. What it says by itself goes to an event handler, from the library's threads.
@safe
final class KafkaHandle: @unchecked Sendable {
    enum Kind { case consumer, producer }

    let kind: Kind
    let configuration: KafkaConfiguration
    /// The client; valid as long as this object.
    let pointer: OpaquePointer
    private let listener: KafkaListener

    /// Creates a client. Does not wait for brokers.
    ///
    /// - Parameter required: properties that must have these values; a user who sets them otherwise is told so.
    init(
        _ kind: Kind, _ configuration: KafkaConfiguration, required: [String: String] = [:],
        optional: [String: String] = [:], events: @escaping KafkaEventHandler
    ) throws(PipelineError) {
        self.kind = kind
        self.configuration = configuration
        listener = KafkaListener(events)
        let conf = unsafe try Self.makeConf(configuration, required: required, optional: optional)
        // SAFETY: conf is alive; the listener outlives the client, which deinit destroys before the listener is released.
        unsafe rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(listener).toOpaque())
        unsafe rd_kafka_conf_set_log_cb(conf, kafkaLogged)
        unsafe rd_kafka_conf_set_background_event_cb(conf, kafkaHappened)
        unsafe rd_kafka_conf_set_events(
            conf, RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_DR)
        var text = [CChar](repeating: 0, count: 512)
        let type = kind == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER
        // SAFETY: the library takes conf over when it succeeds; the array lives for the call and has the length given.
        guard let client = unsafe rd_kafka_new(type, conf, &text, text.count) else {
            unsafe rd_kafka_conf_destroy(conf)
            throw PipelineError(
                .invalidArgument, "the Kafka client cannot be set up", hint: "Check \"properties\"",
                cause: Self.string(text))
        }
        unsafe pointer = unsafe client
        unsafe Self.forwardToBackground(client, kind)
    }

    // SAFETY: nobody holds this object any more, so no call into the client is running or can follow.
    deinit { unsafe rd_kafka_destroy_flags(pointer, Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)) }

    /// Lets the library's own thread take what the application would otherwise have to poll for.
    private static func forwardToBackground(_ client: OpaquePointer, _ kind: Kind) {
        // SAFETY: client is alive; queue references are given back, the library keeps its own.
        let background = unsafe rd_kafka_queue_get_background(client)
        let main = unsafe rd_kafka_queue_get_main(client)
        unsafe rd_kafka_queue_forward(main, background)
        unsafe rd_kafka_queue_destroy(main)
        if kind == .consumer, let queue = unsafe rd_kafka_queue_get_consumer(client) {
            unsafe rd_kafka_queue_forward(queue, background)
            unsafe rd_kafka_queue_destroy(queue)
        }
        unsafe rd_kafka_queue_destroy(background)
    }

    private static func makeConf(
        _ configuration: KafkaConfiguration, required: [String: String], optional: [String: String]
    ) throws(PipelineError) -> OpaquePointer {
        guard let conf = unsafe rd_kafka_conf_new() else { throw PipelineError(.internalError, "out of memory") }
        do throws(PipelineError) {
            for name in ["bootstrap.servers", "metadata.broker.list"] where configuration.properties[name] != nil {
                throw PipelineError(
                    .invalidArgument, "\"properties\" sets \"\(name)\"", hint: "Say it in \"brokers\"")
            }
            try configuration.check(required: required)
            for (name, value) in required { unsafe try set(conf, name, value) }
            // Newer libraries know properties that older ones have not; these are not worth refusing to start.
            for (name, value) in optional where configuration.properties[name] == nil {
                unsafe try? set(conf, name, value)
            }
            unsafe try set(conf, "bootstrap.servers", configuration.brokers)
            for (name, value) in configuration.properties.sorted(by: { $0.key < $1.key }) {
                unsafe try set(conf, name, value)
            }
            return unsafe conf
        } catch {
            unsafe rd_kafka_conf_destroy(conf)
            throw error
        }
    }

    private static func set(_ conf: OpaquePointer, _ name: String, _ value: String) throws(PipelineError) {
        var text = [CChar](repeating: 0, count: 512)
        // SAFETY: conf is alive; strings and array live for the call, and the array has the length given.
        let result = unsafe rd_kafka_conf_set(conf, name, value, &text, text.count)
        if result == RD_KAFKA_CONF_OK { return }
        let unknown = result == RD_KAFKA_CONF_UNKNOWN
        throw PipelineError(
            .invalidArgument,
            unknown
                ? "librdkafka has no property \"\(name)\"" : "the property \"\(name)\" has a value that cannot be used",
            at: [.init("property", name)], hint: hint(name, unknown: unknown),
            cause: KafkaConfiguration.isSecret(name) ? "" : string(text))
    }

    private static func hint(_ name: String, unknown: Bool) -> String {
        if name == "sasl.jaas.config" {
            return "That is the Java client's; use \"sasl.username\" and \"sasl.password\""
        }
        if name.hasPrefix("ssl.keystore") || name.hasPrefix("ssl.truststore") {
            return "For PEM files use \"ssl.ca.location\", \"ssl.certificate.location\" and \"ssl.key.location\""
        }
        return unknown ? "The names are in librdkafka's CONFIGURATION.md; this is version \(KafkaLibrary.version)" : ""
    }

    static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Throws the failure of a call, unless there is none.
    func check(
        _ code: rd_kafka_resp_err_t, _ doing: @autoclosure () -> String, at places: [PipelineError.Place] = [],
        detail: String = ""
    ) throws(PipelineError) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw failure(KafkaErrorCode(code), doing(), at: places, detail: detail)
    }

    /// What a failed call means. A client that has failed for good says so with whatever is called next; what counts is why it did.
    func failure(
        _ code: KafkaErrorCode, _ doing: String, at places: [PipelineError.Place] = [], detail: String = ""
    ) -> PipelineError {
        let fatal = fatalFailure
        return .kafka(
            fatal?.code ?? code, doing, at: places, configuration: configuration, detail: fatal?.text ?? detail,
            fallback: kind == .consumer ? .sourceUnavailable : .sinkUnavailable)
    }

    /// Why this client can never be used again, when that is so: a producer that was fenced, for one.
    private var fatalFailure: (code: KafkaErrorCode, text: String)? {
        var text = [CChar](repeating: 0, count: 512)
        // SAFETY: the client is alive; the array lives for the call and has the length given.
        let code = unsafe rd_kafka_fatal_error(pointer, &text, text.count)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : (KafkaErrorCode(code), Self.string(text))
    }
}

/// What the library's callbacks find behind their opaque pointer.
final class KafkaListener: Sendable {
    let events: KafkaEventHandler

    init(_ events: @escaping KafkaEventHandler) { self.events = events }

    static func of(_ client: OpaquePointer?) -> KafkaListener? {
        // SAFETY: the opaque of every client is a KafkaListener that outlives it.
        guard let client = unsafe client, let opaque = unsafe rd_kafka_opaque(client) else { return nil }
        return unsafe Unmanaged<KafkaListener>.fromOpaque(opaque).takeUnretainedValue()
    }
}

private func kafkaLogged(
    _ client: OpaquePointer?, _ level: Int32, _ facility: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>?
) {
    guard let listener = unsafe KafkaListener.of(client), let text = unsafe text else { return }
    // SAFETY: text is a C string for the length of the callback.
    listener.events(.log(severity: Int(level), unsafe String(cString: text)))
}

private func kafkaHappened(_ client: OpaquePointer?, _ event: OpaquePointer?, _ opaque: UnsafeMutableRawPointer?) {
    guard let event = unsafe event else { return }
    // SAFETY: the event is ours until it is destroyed, at the end.
    defer { unsafe rd_kafka_event_destroy(event) }
    guard let listener = unsafe KafkaListener.of(client) else { return }
    let code = unsafe rd_kafka_event_error(event)
    switch unsafe rd_kafka_event_type(event) {
    case RD_KAFKA_EVENT_ERROR:
        let text = unsafe String(cString: rd_kafka_event_error_string(event))
        listener.events(.trouble(KafkaErrorCode(code), text, fatal: unsafe rd_kafka_event_error_is_fatal(event) != 0))
    case RD_KAFKA_EVENT_STATS:
        listener.events(.statistics(unsafe String(cString: rd_kafka_event_stats(event))))
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
        listener.events(.committed(KafkaErrorCode(code)))
    case RD_KAFKA_EVENT_DR:
        while let message = unsafe rd_kafka_event_message_next(event) {
            let result = unsafe message.pointee.err
            guard result != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            let topic = unsafe String(cString: rd_kafka_topic_name(message.pointee.rkt))
            listener.events(
                .deliveryFailed(KafkaErrorCode(result), topic: topic, partition: unsafe Int(message.pointee.partition)))
        }
    default: break
    }
}
