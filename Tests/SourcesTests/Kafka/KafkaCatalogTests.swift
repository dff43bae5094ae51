// SPDX-License-Identifier: Apache-2.0
import KafkaClient
import Testing

@testable import Sources

struct KafkaCatalogTests {
    private let second: Int64 = 1_000_000_000

    private func topic(_ name: String, _ partitions: Int) -> KafkaTopicMetadata {
        KafkaTopicMetadata(name: name, partitionCount: partitions, error: .none)
    }

    private func missing(_ name: String) -> KafkaTopicMetadata {
        KafkaTopicMetadata(name: name, partitionCount: 0, error: KafkaErrorCode(rawValue: 3))
    }

    @Test func partitionsAreFoundAndAddedOnesSaid() {
        var catalog = KafkaCatalog()
        var findings = catalog.update([topic("t", 2)], named: ["t"], read: [], nowNanos: 0)
        #expect(catalog.partitions == [KafkaPartition("t", 0), KafkaPartition("t", 1)])
        findings = catalog.update([topic("t", 3)], named: ["t"], read: [], nowNanos: second)
        #expect(findings.added == [KafkaPartition("t", 2)])
        #expect(catalog.isStale(nowNanos: second + 5, maximumAgeNanos: 10) == false)
        #expect(catalog.isStale(nowNanos: second + 10, maximumAgeNanos: 10))
    }

    @Test func aMissingTopicIsSaidOnceAndItsReturnToo() {
        var catalog = KafkaCatalog()
        let findings = (0..<3).map { catalog.update([missing("t")], named: ["t"], read: [], nowNanos: Int64($0)) }
        #expect(findings.map(\.newlyMissing) == [["t"], [], []])
        #expect(catalog.missing == ["t"])
        let back = catalog.update([topic("t", 1)], named: ["t"], read: [], nowNanos: 60 * second)
        #expect(back.returned == ["t"])
        // Nothing of it had been read, so it does not matter whether it is another one.
        #expect(back.replaced == [])
    }

    @Test func aTopicThatWasReadAndAwayForLongIsAnotherOne() {
        var catalog = KafkaCatalog()
        _ = catalog.update([topic("t", 1)], named: ["t"], read: ["t"], nowNanos: 0)
        _ = catalog.update([missing("t")], named: ["t"], read: ["t"], nowNanos: second)
        #expect(catalog.partitions == [])
        let back = catalog.update([topic("t", 1)], named: ["t"], read: ["t"], nowNanos: 5 * second)
        #expect(back.replaced == ["t"])
    }

    @Test func aBrokerThatDoesNotKnowItsTopicsForAMomentChangesNothing() {
        var catalog = KafkaCatalog()
        _ = catalog.update([topic("t", 1)], named: ["t"], read: ["t"], nowNanos: 0)
        _ = catalog.update([missing("t")], named: ["t"], read: ["t"], nowNanos: second)
        let back = catalog.update([topic("t", 1)], named: ["t"], read: ["t"], nowNanos: 2 * second)
        #expect(back.replaced == [])
    }
}

struct KafkaLinkTests {
    private let refused = KafkaErrorCode(rawValue: -195)

    @Test func anOutageIsNotedOnceAndSoIsItsEnd() {
        var link = KafkaLink()
        var noted = [link.work(), link.add(refused, "refused")]
        noted += (0..<2).map { _ in link.add(.allBrokersDown, "1/1 brokers are down") }
        #expect(noted == [false, false, true, false])
        #expect(link.trouble?.text == "refused")
        let ended = (0..<2).map { _ in link.work() }
        #expect(ended == [true, false])
        #expect(link.trouble == nil)
    }

    @Test func aRefusedPasswordIsRememberedWhateverFollows() {
        var link = KafkaLink()
        _ = link.add(KafkaErrorCode(rawValue: -169), "authentication failed")
        _ = link.add(refused, "connection closed")
        _ = link.add(.allBrokersDown, "1/1 brokers are down")
        #expect(link.trouble?.text == "authentication failed")
        #expect(link.hasWorked == false)
    }
}
