// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore
import StreamTesting
import Testing

@testable import Sources

@Suite(
    .enabled(if: KafkaBroker.has(.basics), "needs a broker (MILLRACE_KAFKA or MILLRACE_TANSU)"),
    .timeLimit(.minutes(10))
)
struct KafkaStartingOffsetsTests {
    @Test func earliestReadsFromTheBeginning() async throws {
        let bench = try await KafkaBench("earliest")
        try await bench.send(0..<5)
        let source = try bench.source()
        let ranges = try await source.plan(after: [:], limits: EpochLimits())
        #expect(ranges == bench.range(0, 5))
        #expect(try await source.rows(ranges) == ["v0", "v1", "v2", "v3", "v4"])
        #expect(try await source.plan(after: bench.committed(5), limits: EpochLimits()) == [:])
        await source.close()
    }

    @Test func latestIsFixedAtTheFirstPlanAndRemembered() async throws {
        let bench = try await KafkaBench("latest")
        try await bench.send(0..<5)
        let source = try bench.source(starting: .latest)
        let first = try await source.plan(after: [:], limits: EpochLimits())
        #expect(first == bench.range(5, 5))
        #expect(try await source.rows(first) == [])
        try await bench.send(5..<8)
        // Even if that epoch was never committed, this process knows where it began.
        #expect(try await source.plan(after: [:], limits: EpochLimits()) == bench.range(5, 8))
        let again = try bench.source(starting: .latest)
        let next = try await again.plan(after: bench.committed(5), limits: EpochLimits())
        #expect(try await again.rows(next) == ["v5", "v6", "v7"])
        await source.close()
        await again.close()
    }

    @Test(.enabled(if: KafkaBroker.has(.apacheKafka), "looks up times: needs Apache Kafka (MILLRACE_KAFKA)"))
    func aTimestampStartsAtTheFirstRecordFromThenOn() async throws {
        let bench = try await KafkaBench("timestamp")
        for number in 0..<6 {
            try await bench.send(number..<(number + 1), timestampMillis: 1_700_000_000_000 + Int64(number) * 1000)
        }
        let source = try bench.source(starting: .timestamp(micros: 1_700_000_002_500_000))
        #expect(try await source.plan(after: [:], limits: EpochLimits()) == bench.range(3, 6))
        let exact = try bench.source(starting: .timestamp(micros: 1_700_000_002_000_000))
        #expect(try await exact.plan(after: [:], limits: EpochLimits()) == bench.range(2, 6))
        let future = try bench.source(starting: .timestamp(micros: 1_800_000_000_000_000))
        #expect(try await future.plan(after: [:], limits: EpochLimits()) == bench.range(6, 6))
        for source in [source, exact, future] { await source.close() }
    }

    @Test func offsetsArePerPartition() async throws {
        let bench = try await KafkaBench("offsets", partitions: 4)
        for partition in 0..<4 { try await bench.send(0..<10, to: Int32(partition)) }
        let source = try bench.source(
            starting: .offsets([
                bench.partition(0): Offset(3), bench.partition(1): Offset(-1), bench.partition(2): Offset(-2),
            ]))
        let ranges = try await source.plan(after: [:], limits: EpochLimits())
        let expected = [(3, 10), (10, 10), (0, 10), (0, 10)].enumerated().map { number, range in
            bench.range(range.0, range.1, of: Int32(number))
        }
        #expect(ranges == expected.reduce(into: [:]) { $0.merge($1) { $1 } })
        await source.close()
    }

    @Test func offsetsThatCannotBeAreRefused() async throws {
        let bench = try await KafkaBench("bad-offsets")
        try await bench.send(0..<3)
        let past = try bench.source(starting: .offsets([bench.partition(): Offset(77)]))
        var error = await #expect(throws: PipelineError.self) {
            _ = try await past.plan(after: [:], limits: EpochLimits())
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.what == "\"startingOffsets\" asks for offset 77, past the end 3")
        let unknown = try bench.source(starting: .offsets([bench.partition(9): Offset(0)]))
        error = await #expect(throws: PipelineError.self) {
            _ = try await unknown.plan(after: [:], limits: EpochLimits())
        }
        #expect(error?.code == .invalidArgument)
        for source in [past, unknown] { await source.close() }
    }
}
