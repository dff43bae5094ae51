// SPDX-License-Identifier: Apache-2.0
import StreamCore
import Testing

struct MemorySharesTests {
    @Test("all shares together stay below seven eighths of the budget", arguments: [64, 512, 4096], [0, 1, 3])
    func sharesFitTheBudget(mebibytes: Int, operators: Int) {
        let (workers, sources, sinks) = (2, 3, 2)
        let budget = mebibytes << 20
        let shares = MemoryShares(
            budgetBytes: budget, workers: workers, sources: sources, sinks: sinks, operators: operators)
        let perWorker = sinks * shares.writerBytes + operators * (shares.intakeBytes + shares.shardBytes)
        #expect(sources * shares.sourceBytes + workers * perWorker <= budget / 8 * 7)
    }

    @Test func stateGetsMostOfTheBudget() {
        let shares = MemoryShares(budgetBytes: 512 << 20, workers: 2, sources: 1, sinks: 2, operators: 1)
        #expect(shares.shardBytes == 96 << 20)
        #expect(shares.intakeBytes == 32 << 20)
        #expect(shares.sourceBytes == 96 << 20)
        #expect(shares.writerBytes == 48 << 20 / 2)
        #expect(shares.epochBytes == 128 << 20)
    }

    @Test func withoutStateAnEpochMayReadMuch() {
        let shares = MemoryShares(budgetBytes: 512 << 20, workers: 2, sources: 1, sinks: 2, operators: 0)
        #expect(shares.epochBytes == 1 << 30)
    }
}
