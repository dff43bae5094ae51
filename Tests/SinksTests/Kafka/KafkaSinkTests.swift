// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import KafkaClient
import Sinks
import StreamCore
import StreamTesting
import Synchronization
import Testing

@Suite(.enabled(if: KafkaBroker.has(.apacheKafka), "needs Apache Kafka (MILLRACE_KAFKA)"), .timeLimit(.minutes(10)))
struct KafkaSinkTests {
    @Test func rowsBecomeRecordsWithKeyAndHeadersOnceTheirEpochIsPublished() async throws {
        let bench = try await KafkaSinkBench("rows")
        let sink = try bench.sink(configure: {
            $0.key = ["s"]
            $0.headers = ["day": "day", "raw": "raw"]
        })
        #expect(try await sink.recover() == .empty)
        let token = try await bench.prepare(sink, 0, [[1, 2], [3]])
        #expect(try await bench.numbers() == [])
        #expect(bench.spoolFiles.count == 2)
        #expect(
            try await sink.publish(Epoch(0), token, provenance: bench.provenance(0)) == .published(version: nil))
        #expect(
            try await KafkaReader.lines(
                of: bench.topic, brokers: bench.broker.brokers, format: "%K %k|%h|%s", atLeast: 3) == [
                    #"-1 |day=1970-01-04,raw=\#u{3}A|{"n":3,"day":"1970-01-04","raw":"A0E="}"#,
                    #"7 row "1"|day=1970-01-02,raw=\#u{1}A|{"n":1,"s":"row \"1\"","day":"1970-01-02","raw":"AUE="}"#,
                    #"7 row "2"|day=1970-01-03,raw=\#u{2}A|{"n":2,"s":"row \"2\"","day":"1970-01-03","raw":"AkE="}"#,
                ])
        #expect(bench.spoolFiles == [])
        await sink.close()
    }

    @Test(
        "a key is the text of its column, or an object of several",
        arguments: [
            (["n"], "1"), (["day"], "1970-01-02"), (["n", "s"], #"{"n":1,"s":"row \"1\""}"#),
        ])
    func keys(columns: [String], text: String) async throws {
        let bench = try await KafkaSinkBench("keys")
        let sink = try bench.sink(configure: { $0.key = columns })
        _ = try await sink.recover()
        let token = try await bench.prepare(sink, 0, [[1]])
        _ = try await bench.publish(sink, 0, token)
        #expect(
            try await KafkaReader.lines(
                of: bench.topic, brokers: bench.broker.brokers, format: "%k", atLeast: 1) == [text])
        await sink.close()
    }

    @Test func anEpochIsPublishedOnceHoweverOftenAndByWhomItIsPublished() async throws {
        let bench = try await KafkaSinkBench("again")
        let sink = try bench.sink()
        _ = try await sink.recover()
        let first = try await bench.prepare(sink, 4, [[1, 2]])
        #expect(try await bench.publish(sink, 4, first) == .published(version: nil))
        #expect(try await bench.publish(sink, 4, first) == .alreadyPublished)
        #expect(try await bench.publish(sink, 5, SinkToken("")) == .nothingToPublish)
        let second = try await bench.prepare(sink, 6, [[3]])
        await sink.close()
        // The next process finds epoch 4, publishes 6 from the spool, and says where it came from.
        let next = try bench.sink()
        #expect(try await next.recover() == .published(Epoch(4), bench.provenance(4)))
        #expect(try await bench.publish(next, 6, second) == .published(version: nil))
        await next.close()
        let last = try bench.sink()
        #expect(try await last.recover() == .published(Epoch(6), bench.provenance(6)))
        #expect(try await bench.publish(last, 6, second) == .alreadyPublished)
        #expect(try await bench.numbers(until: [1, 2, 3]) == [1, 2, 3])
        await last.close()
    }

    @Test func anEpochThatIsReadAgainAfterALostCheckpointIsSkipped() async throws {
        let bench = try await KafkaSinkBench("replay")
        let sink = try bench.sink()
        _ = try await sink.recover()
        _ = try await bench.publish(sink, 0, try await bench.prepare(sink, 0, [[1]]))
        await sink.close()
        let next = try bench.sink()
        _ = try await next.recover()
        let again = try await bench.prepare(next, 0, [[1]])
        await next.close()
        // Also when that run crashed between its checkpoint and publishing.
        let last = try bench.sink()
        _ = try await last.recover()
        #expect(try await bench.publish(last, 0, again) == .alreadyPublished)
        #expect(try await bench.numbers(until: [1]) == [1])
        #expect(bench.spoolFiles == [])
        await last.close()
    }

    @Test func anUnknownOutcomeIsSettledByReadingBack() async throws {
        let bench = try await KafkaSinkBench("unknown")
        let impatient = try bench.sink(commitTimeoutMillis: 1)
        _ = try await impatient.recover()
        var numbers: [Int] = []
        for epoch: Int64 in 0..<4 {
            let token = try await bench.prepare(impatient, epoch, [[epoch]])
            _ = try await bench.publish(impatient, epoch, token)
            numbers.append(Int(epoch))
            #expect(try await bench.numbers(until: numbers) == numbers)
        }
        await impatient.close()
    }

    @Test func aRunThatWasReplacedIsFencedAndLeavesNothing() async throws {
        let bench = try await KafkaSinkBench("zombie")
        let old = try bench.sink()
        _ = try await old.recover()
        let token = try await bench.prepare(old, 0, [[1, 2]])
        let new = try bench.sink()
        #expect(try await new.recover() == .empty)
        let error = await #expect(throws: PipelineError.self) {
            _ = try await old.publish(Epoch(0), token, provenance: bench.provenance(0))
        }
        #expect(error?.code == .fenced, "\(String(describing: error))")
        #expect(try await bench.publish(new, 0, token) == .published(version: nil))
        // Once more: whatever it tries now, somebody else's epoch is found.
        let again = await #expect(throws: PipelineError.self) {
            _ = try await bench.publish(old, 1, try await bench.prepare(old, 1, [[9]]))
        }
        #expect(again?.code == .fenced)
        #expect(try await bench.numbers(until: [1, 2]) == [1, 2])
        await old.close()
        await new.close()
    }

    /// A sink of which one transaction lasts longer than the brokers allow: its very first one, or the first that publishes an epoch.
    private func stalling(_ bench: KafkaSinkBench, inFirst: Bool) throws -> KafkaSink {
        let state = Mutex((isSpooled: false, hasStalled: false))
        return try bench.sink(
            properties: ["transaction.timeout.ms": "2000"],
            stepHook: { step, _ in
                let stalls = state.withLock { state in
                    if step == .spooled { state.isSpooled = true }
                    guard step == .produced, !state.hasStalled, state.isSpooled != inFirst else { return false }
                    state.hasStalled = true
                    return true
                }
                // The broker looks for transactions that are over every few hundred milliseconds here.
                if stalls { BlockingWait.seconds(5) }
            })
    }

    @Test func aTransactionThatLastsTooLongIsAbortedAndPublishedAgain() async throws {
        let bench = try await KafkaSinkBench("late")
        let sink = try stalling(bench, inFirst: false)
        _ = try await sink.recover()
        let token = try await bench.prepare(sink, 0, [[1, 2]])
        let error = await #expect(throws: PipelineError.self) {
            _ = try await sink.publish(Epoch(0), token, provenance: bench.provenance(0))
        }
        #expect(error?.retry == .withBackoff, "\(String(describing: error))")
        #expect(try await bench.numbers() == [])
        #expect(try await bench.publish(sink, 0, token) == .published(version: nil))
        #expect(try await bench.numbers(until: [1, 2]) == [1, 2])
        await sink.close()
    }

    @Test func theVeryFirstTransactionThatLastsTooLongIsCommittedAgainAndSaysSo() async throws {
        let bench = try await KafkaSinkBench("first")
        let sink = try stalling(bench, inFirst: true)
        #expect(try await sink.recover() == .empty)
        let token = try await bench.prepare(sink, 0, [[1, 2]])
        #expect(
            bench.events.notes.contains {
                $0.hasPrefix("warning sink 'out': committing that nothing was published yet again")
                    && $0.contains("the brokers aborted it after 2000 ms")
            }, "\(bench.events.notes)")
        #expect(try await bench.publish(sink, 0, token) == .published(version: nil))
        #expect(try await bench.numbers(until: [1, 2]) == [1, 2])
        await sink.close()
    }

    @Test func aRunThatWasReplacedBeforeItsFirstTransactionIsFenced() async throws {
        let bench = try await KafkaSinkBench("replaced")
        let old = try bench.sink()
        #expect(try await old.recover() == .empty)
        let new = try bench.sink()
        #expect(try await new.recover() == .empty)
        let error = await #expect(throws: PipelineError.self) { _ = try await bench.prepare(old, 0, [[9]]) }
        #expect(error?.code == .fenced, "\(String(describing: error))")
        let token = try await bench.prepare(new, 0, [[1]])
        #expect(try await bench.publish(new, 0, token) == .published(version: nil))
        #expect(try await bench.numbers(until: [1]) == [1])
        await old.close()
        await new.close()
    }

    @Test func aRecordThatTheTopicDoesNotTakeFailsBeforeTheEpochIsDecided() async throws {
        let bench = try await KafkaSinkBench("large", configuration: ["max.message.bytes": "5000"])
        let sink = try bench.sink()
        _ = try await sink.recover()
        let writer = try sink.makeWriter(for: Epoch(0))
        let text = String(repeating: "x", count: 6000)
        let large = ColumnBatch(
            schema: KafkaSinkBench.schema,
            columns: [
                Column(.bigint, [.bigint(1)]), Column(.string, [.string(text)]), Column(.date, [.null]),
                Column(.binary, [.null]),
            ], rowCount: 1)
        let error = #expect(throws: PipelineError.self) { try writer.append(large) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.what == "a record has 6014 bytes, and the topic takes 4488")
        // Many small records together are more than one batch may have, and are split.
        let token = try await bench.prepare(sink, 0, [Array(0..<2000)])
        _ = try await bench.publish(sink, 0, token)
        #expect(try await bench.numbers(until: Array(0..<2000)) == Array(0..<2000))
        await sink.close()
    }

    @Test func aTopicThatDoesNotExistIsRefusedAtTheStart() async throws {
        let bench = try await KafkaSinkBench("missing")
        let sink = try bench.sink(configure: { $0.topic = bench.topic + "-typo" })
        let error = await #expect(throws: PipelineError.self) { _ = try await sink.recover() }
        #expect(error?.code == .topicNotFound)
        #expect(error?.what == "the topic '\(bench.topic)-typo' does not exist")
        await sink.close()
    }

    @Test(arguments: ["transactional.id", "group.id", "max.in.flight"])
    func aPropertyThatDecidesAboutLossIsRefusedBeforeAnythingIsConnected(name: String) async throws {
        let bench = try await KafkaSinkBench("properties")
        let error = #expect(throws: PipelineError.self) {
            _ = try bench.sink(brokers: "127.0.0.1:1", properties: [name: "7"])
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.what.hasPrefix("\"properties\" sets \"\(name)\"") == true)
        #expect(error?.places == [.init("sink", "out")])
    }

    @Test func aWrongPasswordIsRefusedAtTheStart() async throws {
        let bench = try await KafkaSinkBench("password")
        let sink = try bench.sink(
            brokers: bench.broker.saslBrokers,
            properties: [
                "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "alice",
                "sasl.password": "wrong",
            ])
        let error = await #expect(throws: PipelineError.self) { _ = try await sink.recover() }
        #expect(error?.code == .authenticationFailed)
        await sink.close()
    }

    @Test func aGroupThatWasForgottenIsNotTakenForAnEpochThatWasNotPublished() async throws {
        let bench = try await KafkaSinkBench("forgotten")
        let sink = try bench.sink()
        _ = try await sink.recover()
        let token = try await bench.prepare(sink, 0, [[1]])
        await sink.close()
        // Another group stands for one that the brokers have dropped.
        let next = try bench.sink(configure: { $0.appId = "other-\(bench.topic)" })
        #expect(try await next.recover() == .empty)
        let error = await #expect(throws: PipelineError.self) { _ = try await bench.publish(next, 0, token) }
        #expect(error?.code == .checkpointMismatch)
        #expect(error?.what == "the brokers have forgotten which epochs of this sink are in the topic")
        #expect(try await bench.numbers() == [])
        await next.close()
    }

    @Test func aDamagedSpoolIsNotPublished() async throws {
        let bench = try await KafkaSinkBench("damaged")
        let sink = try bench.sink()
        _ = try await sink.recover()
        let token = try await bench.prepare(sink, 0, [Array(0..<100)])
        try bench.folder.change("spool/out/" + (bench.spoolFiles.first ?? "")) { $0[$0.count / 2] ^= 1 }
        let error = await #expect(throws: PipelineError.self) {
            _ = try await sink.publish(Epoch(0), token, provenance: bench.provenance(0))
        }
        #expect(error?.code == .corruptFile)
        #expect(try await bench.numbers() == [])
        await sink.close()
    }

    @Test func earlyRecordsAreThereBeforeTheirEpochIsDecided() async throws {
        let bench = try await KafkaSinkBench("early")
        let sink = try bench.sink(configure: { $0.delivery = .early })
        #expect(try await sink.recover() == .forgetful)
        let token = try await bench.prepare(sink, 0, [[1], [2]])
        #expect(try await bench.numbers(until: [1, 2]) == [1, 2])
        #expect(try await bench.publish(sink, 0, token) == .nothingToPublish)
        await sink.close()
    }
}
