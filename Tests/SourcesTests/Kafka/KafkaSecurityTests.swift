// SPDX-License-Identifier: Apache-2.0
import Failures
import FoundationEssentials
import KafkaClient
import StreamCore
import StreamTesting
import Testing

@testable import Sources

@Suite(.enabled(if: KafkaBroker.has(.apacheKafka), "needs Apache Kafka (MILLRACE_KAFKA)"))
struct KafkaSecurityTests {
    private func plain(_ user: String, _ password: String) -> [String: String] {
        [
            "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": user,
            "sasl.password": password,
        ]
    }

    /// Reads two records through another listener.
    private func reads(_ bench: KafkaBench, _ brokers: String, _ properties: [String: String]) async throws -> [String]
    {
        try await bench.send(0..<2)
        let source = try bench.source(brokers: brokers, properties: properties)
        let ranges = try await source.plan(after: [:], limits: EpochLimits())
        let rows = try await source.rows(ranges)
        await source.close()
        return rows
    }

    /// The refusal of a connection, and what was said before it.
    private func refusal(
        _ bench: KafkaBench, _ brokers: String, _ properties: [String: String]
    ) async throws -> PipelineError? {
        let source = try bench.source(brokers: brokers, properties: properties)
        let error = await #expect(throws: PipelineError.self) {
            _ = try await source.plan(after: [:], limits: EpochLimits())
        }
        await source.close()
        return error
    }

    @Test func tls() async throws {
        let bench = try await KafkaBench("tls")
        let rows = try await reads(
            bench, bench.broker.tlsBrokers,
            ["security.protocol": "SSL", "ssl.ca.location": bench.broker.authorityFile])
        #expect(rows == ["v0", "v1"])
    }

    @Test func mutualTLS() async throws {
        let bench = try await KafkaBench("mtls")
        let rows = try await reads(
            bench, bench.broker.tlsBrokers,
            [
                "security.protocol": "SSL", "ssl.ca.location": bench.broker.authorityFile,
                "ssl.certificate.location": bench.broker.clientCertificateFile,
                "ssl.key.location": bench.broker.clientKeyFile,
            ])
        #expect(rows == ["v0", "v1"])
    }

    @Test func anAuthorityThatDidNotSignTheBrokerIsRefusedByUs() async throws {
        let bench = try await KafkaBench("ca")
        // Without "ssl.ca.location" the system's authorities are asked.
        let error = try await refusal(bench, bench.broker.tlsBrokers, ["security.protocol": "SSL"])
        #expect(error?.code == .authenticationFailed)
        #expect(error?.hint.contains("\"ssl.ca.location\"") == true)
        #expect(error?.cause.contains("certificate verify failed") == true)
    }

    @Test func saslPlain() async throws {
        let bench = try await KafkaBench("plain")
        let rows = try await reads(bench, bench.broker.saslBrokers, plain("alice", "alice-secret"))
        #expect(rows == ["v0", "v1"])
    }

    @Test func saslPlainOverTLS() async throws {
        let bench = try await KafkaBench("plain-tls")
        var properties = plain("alice", "alice-secret")
        properties["security.protocol"] = "SASL_SSL"
        properties["ssl.ca.location"] = bench.broker.authorityFile
        let rows = try await reads(bench, bench.broker.saslTLSBrokers, properties)
        #expect(rows == ["v0", "v1"])
    }

    @Test func aWrongPasswordIsSaidAndNotRepeated() async throws {
        let bench = try await KafkaBench("password")
        let error = try await refusal(bench, bench.broker.saslBrokers, plain("alice", "s3cr3t-guess"))
        #expect(error?.code == .authenticationFailed)
        #expect(error?.hint.contains("\"sasl.password\"") == true)
        #expect(error.map { "\($0)".contains("s3cr3t-guess") } == false)
    }

    @Test(.disabled(if: KafkaLibrary.knowsStrictScram, "this librdkafka can do SCRAM"))
    func scramWithAnOldLibraryIsRefusedWithTheRemedy() async throws {
        let bench = try await KafkaBench("scram")
        var properties = plain("alice", "alice-secret")
        properties["sasl.mechanism"] = "SCRAM-SHA-256"
        let error = try await refusal(bench, bench.broker.saslBrokers, properties)
        #expect(error?.code == .authenticationFailed)
        #expect(error?.hint.contains("librdkafka \(KafkaLibrary.version) cannot do SCRAM") == true)
        #expect(error?.hint.contains("librdkafka.so.1 of version 2.6 or newer") == true)
        #expect(error?.hint.contains("LD_LIBRARY_PATH") == true)
    }

    @Test(.enabled(if: NewerLibrdkafka.file != nil, "needs the Python package confluent-kafka (MILLRACE_PYTHON)"))
    func scramWorksWithANewerLibraryOnTheLibraryPath() async throws {
        let bench = try await KafkaBench("scram-new")
        try await bench.send(0..<2)
        let folder = TemporaryFolder()
        let failure = try await bench.onThread { () throws(PipelineError) in
            NewerLibrdkafka.run(
                tests: "KafkaScramChild",
                environment: ["MILLRACE_SCRAM_BROKERS": bench.broker.saslBrokers, "MILLRACE_SCRAM_TOPIC": bench.topic],
                in: folder)
        }
        #expect(failure == nil)
    }
}

private let scramBrokers = ProcessInfo.processInfo.environment["MILLRACE_SCRAM_BROKERS"]

/// Runs only in the child of `scramWorksWithANewerLibraryOnTheLibraryPath`.
@Suite(.enabled(if: scramBrokers != nil, "runs in the child process of another test"))
struct KafkaScramChild {
    @Test func readsWithScram() async throws {
        #expect(KafkaLibrary.knowsStrictScram)
        var options = KafkaSourceOptions(brokers: scramBrokers ?? "")
        options.topics = [ProcessInfo.processInfo.environment["MILLRACE_SCRAM_TOPIC"] ?? ""]
        options.properties = [
            "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-256", "sasl.username": "alice",
            "sasl.password": "alice-secret",
        ]
        let source = try KafkaBench.source(options, events: RecordedEvents())
        let ranges = try await source.plan(after: [:], limits: EpochLimits())
        #expect(try await source.rows(ranges) == ["v0", "v1"])
        await source.close()
    }
}
