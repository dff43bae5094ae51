// SPDX-License-Identifier: Apache-2.0
import Blocking
public import Failures
import FoundationEssentials
import Glibc
public import KafkaClient
import ObjectStore

/// A Kafka broker of its own process on free ports, for tests. Killed and cleaned up when this process ends, however it ends.
public final class KafkaBroker: Sendable {
    /// Where the broker's data, logs and certificates are.
    public let folder: String
    private let command: String
    private let port: Int
    private let arguments: [String]
    // Closing the pipe, which the kernel does when this process is gone, makes the watchdog clean up.
    private let watchdog: WatchdogPipe

    /// What a broker may be able to do; tests that need what the broker at hand lacks are skipped by name.
    public enum Feature: Sendable {
        /// Produce, consume, create and delete topics.
        case basics
        /// Everything else: transactions, look-up by time, retention, compaction, DeleteRecords, partitions, TLS, SASL, restarts.
        case apacheKafka
    }

    /// The command that starts, stops and kills Apache Kafka: `MILLRACE_KAFKA`, else `../shared/kafka/kafka`; `nil` when there is none.
    public static let command: String? = {
        if let named = ProcessInfo.processInfo.environment["MILLRACE_KAFKA"], !named.isEmpty { return named }
        if let tansu { return tansu }
        let root = String(#filePath.dropLast("/Sources/StreamTesting/Kafka/KafkaBroker.swift".count))
        let beside = root + "/../shared/kafka/kafka"
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : nil
    }()

    /// Tansu in Apache Kafka's place, with the same verbs: `MILLRACE_TANSU`, which `scripts/test` sets where there is no other broker.
    private static let tansu: String? = {
        let environment = ProcessInfo.processInfo.environment
        guard environment["MILLRACE_KAFKA"]?.isEmpty != false else { return nil }
        return environment["MILLRACE_TANSU"].flatMap { $0.isEmpty ? nil : $0 }
    }()

    /// Whether a broker with that feature can be started.
    public static func has(_ feature: Feature) -> Bool {
        switch feature {
        case .basics: command != nil
        case .apacheKafka: command != nil && tansu == nil
        }
    }

    /// Whether the end of a partition is that of its last batch's first record (Tansu 0.6): then send records one by one.
    public static var needsSingleRecords: Bool { tansu != nil }

    private static let starting = Task { () -> Result<KafkaBroker, PipelineError> in
        do throws(PipelineError) {
            return .success(try await start())
        } catch {
            return .failure(error)
        }
    }

    /// The broker that all tests of this process share, started by the first one that asks. Use a topic of your own.
    public static func shared() async throws(PipelineError) -> KafkaBroker { try await starting.value.get() }

    /// A broker of one's own that is not running yet: `restart` starts it.
    public init() throws(PipelineError) {
        guard let command = Self.command else {
            throw PipelineError(.missingFile, "Apache Kafka was not found", hint: "Set MILLRACE_KAFKA")
        }
        self.command = command
        folder = (ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp") + "/millrace-kafka-" + UniqueName.uuid()
        port = try FreePorts.consecutive(5)
        arguments = ["--secure", "log.cleaner.backoff.ms=200", "log.cleaner.min.compaction.lag.ms=0"]
        watchdog = Self.watch(command, folder)
    }

    /// Starts a broker of one's own and waits until it answers.
    public static func start() async throws(PipelineError) -> KafkaBroker {
        let broker = try KafkaBroker()
        try await broker.restart()
        return broker
    }

    /// A child that waits for the end of its input, which comes when this process has ended, then kills the broker.
    private static func watch(_ command: String, _ folder: String) -> WatchdogPipe {
        WatchdogPipe(
            "exec \(CleanShell.prefix)setsid sh -c 'read _; \(quoted(command)) kill \(quoted(folder)) >/dev/null 2>&1; rm -rf \(quoted(folder))'"
        )
    }

    /// Starts the broker, again with the data it had, and waits until it answers.
    public func restart() async throws(PipelineError) {
        try await run(["start", folder, "\(port)"] + arguments)
    }

    /// Ends the broker as a crash would.
    public func kill() async throws(PipelineError) { try await run(["kill", folder]) }

    private func run(_ arguments: [String]) async throws(PipelineError) {
        let words = ([command] + arguments).map(Self.quoted).joined(separator: " ")
        try await BlockingThread(label: "kafka broker").run { () throws(PipelineError) in
            // SAFETY: the text is a C string for the call.
            let status = unsafe system("KAFKA_HEAP=256m \(CleanShell.prefix)\(words) >/dev/null")
            guard status == 0 else {
                throw PipelineError(.sourceUnavailable, "\(words) failed with status \(status)")
            }
        }
    }

    /// A word for the shell; paths of tests hold no quotes.
    private static func quoted(_ word: String) -> String { "\"\(word)\"" }

    // MARK: Listeners

    /// Plain text, no passwords.
    public var brokers: String { "127.0.0.1:\(port)" }
    /// How to reach the plain listener.
    public var configuration: KafkaConfiguration { KafkaConfiguration(brokers: brokers) }
    /// TLS.
    public var tlsBrokers: String { "127.0.0.1:\(port + 2)" }
    /// SASL over plain text: PLAIN and SCRAM-SHA-256, user `alice` with `alice-secret`.
    public var saslBrokers: String { "127.0.0.1:\(port + 3)" }
    /// SASL over TLS.
    public var saslTLSBrokers: String { "127.0.0.1:\(port + 4)" }
    /// The authority that signed the broker's and the client's certificate.
    public var authorityFile: String { folder + "/tls/ca.pem" }
    /// A client's certificate.
    public var clientCertificateFile: String { folder + "/tls/client.pem" }
    /// Its key.
    public var clientKeyFile: String { folder + "/tls/client.key" }
}
