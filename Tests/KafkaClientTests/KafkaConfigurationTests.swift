// SPDX-License-Identifier: Apache-2.0
import Failures
import KafkaClient
import Testing

struct KafkaConfigurationTests {
    private let secrets = [
        "sasl.username": "alice", "sasl.password": "hush", "ssl.key.password": "hush", "ssl.key.pem": "hush",
        "sasl.oauthbearer.client.secret": "hush", "ssl.ca.location": "/etc/ca.pem",
    ]

    @Test func secretsAreNeverPrinted() {
        let configuration = KafkaConfiguration(brokers: "b:9092", properties: secrets)
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hush"))
            #expect(text.contains("sasl.username=alice"))
            #expect(text.contains("ssl.ca.location=/etc/ca.pem"))
        }
    }

    private func failure(_ properties: [String: String]) -> PipelineError? {
        do throws(PipelineError) {
            _ = try KafkaConsumer(
                KafkaConfiguration(brokers: "127.0.0.1:1", properties: properties), groupId: "g", queueBytes: 1 << 20,
                events: { _ in })
            return nil
        } catch {
            return error
        }
    }

    @Test func anUnknownPropertyIsRefusedByName() {
        let error = failure(["fetch.max.wait.ms": "5"])
        #expect(error?.code == .invalidArgument)
        #expect(error?.what == "librdkafka has no property \"fetch.max.wait.ms\"")
    }

    @Test func propertiesOfTheJavaClientGetAHintAndKeepTheirSecrets() {
        let error = failure(["sasl.jaas.config": "hush"])
        #expect(error?.code == .invalidArgument)
        #expect(error?.hint == "That is the Java client's; use \"sasl.username\" and \"sasl.password\"")
        #expect(error.map { "\($0)".contains("hush") } == false)
    }

    @Test func aBadValueIsRefusedWithTheLibrarysReason() {
        let error = failure(["fetch.wait.max.ms": "soon"])
        #expect(error?.code == .invalidArgument)
        #expect(error?.places == [.init("property", "fetch.wait.max.ms")])
        #expect(error?.cause.isEmpty == false)
    }

    @Test func propertiesThatDecideAboutLossCannotBeChanged() {
        #expect(failure(["enable.auto.commit": "true"])?.hint == "Remove it")
        #expect(failure(["auto.offset.reset": "earliest"])?.code == .invalidArgument)
        #expect(failure(["bootstrap.servers": "x"])?.hint == "Say it in \"brokers\"")
        #expect(failure(["enable.auto.commit": "false"]) == nil)
    }

    @Test(arguments: ["max.in.flight", "max.in.flight.requests.per.connection"])
    func anIdempotentProducerHasOneRequestUnderWay(name: String) throws {
        let error = #expect(throws: PipelineError.self) { try producer([name: "5"]) }
        #expect(error?.what == "\"properties\" sets \"\(name)\", which has to be \"1\" here")
        try producer([name: "1"])
        try producer([name: "5", "enable.idempotence": "false"])
    }

    private func producer(_ properties: [String: String]) throws(PipelineError) {
        _ = try KafkaProducer(KafkaConfiguration(brokers: "127.0.0.1:1", properties: properties))
    }

    @Test(
        arguments: [
            ("orders-0", "orders", 0), ("my-topic-name-12", "my-topic-name", 12), ("a.b_c-3", "a.b_c", 3),
        ] as [(String, String, Int32)])
    func partitionNamesAreRead(name: String, topic: String, number: Int32) {
        #expect(KafkaPartition(name: name) == KafkaPartition(topic, number))
        #expect(KafkaPartition(topic, number).description == name)
    }

    @Test(arguments: ["orders", "orders-", "-1", "orders-x", "orders--1x"])
    func otherNamesAreNoPartitions(name: String) {
        #expect(KafkaPartition(name: name) == nil)
    }
}
