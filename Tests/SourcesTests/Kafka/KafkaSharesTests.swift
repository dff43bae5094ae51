// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Sources

struct KafkaSharesTests {
    @Test func withoutABoundEveryLagIsTaken() {
        #expect(KafkaShares.split([5, 0, 7], limit: nil) == [5, 0, 7])
        #expect(KafkaShares.split([5, 0, 7], limit: 12) == [5, 0, 7])
        #expect(KafkaShares.split([], limit: 3) == [])
    }

    @Test func aBoundIsSplitInProportionToTheLags() {
        #expect(KafkaShares.split([100, 300, 0, 600], limit: 100) == [10, 30, 0, 60])
    }

    @Test func eachPartitionGetsItsTurnHoweverSmallTheBound() {
        let shares = (0..<3).map { KafkaShares.split([1000, 1000, 1000], limit: 1, rotation: $0) }
        #expect(shares == [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    }

    @Test(arguments: UInt64(0)..<200)
    func theBoundIsMetExactlyAndNoLagIsExceeded(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ bound: Int64) -> Int64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int64(state % UInt64(bound))
        }
        let lags = (0...next(8)).map { _ in next(2) == 0 ? 0 : next(1_000_000_000) }
        let limit = next(2_000_000_000)
        let shares = KafkaShares.split(lags, limit: limit, rotation: Int(next(10)))
        let total = lags.reduce(0, +)
        #expect(zip(shares, lags).allSatisfy { $0 >= 0 && $0 <= $1 })
        #expect(shares.reduce(0, +) <= limit)
        #expect(shares.reduce(0, +) >= min(limit, total) - Int64(lags.count))
    }
}
