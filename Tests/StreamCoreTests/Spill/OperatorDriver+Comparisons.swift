// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore
import StreamTesting
import Testing

extension OperatorDriver.Outcome {
    /// What each epoch gave, in an order of its own, and what was rejected.
    var answers: [[String]] { epochs.map { $0.map { "\($0)" }.sorted() } + [rejected.sorted()] }
}

extension StatefulOperator {
    /// Runs epochs with all state in memory, and with so few bytes of it there that the rest spills: the answers are the same.
    ///
    /// - Returns: how many rows of state there are in the end, without and with spilling: rows may have parts that count each.
    @discardableResult
    func expectSpillingDoesNotMatter(
        _ epochs: [OperatorDriver.Epoch], shards: Int, bytes: Int
    ) throws -> (inMemory: Int, spilled: Int) {
        let expected = try OperatorDriver(self, shards: shards, workers: shards).run(epochs)
        let area = MemorySpillArea()
        let memory = ShardMemory(bytes: bytes, area: area)
        let outcome = try OperatorDriver(self, shards: shards, workers: shards, memory: memory).run(epochs)
        #expect(outcome.answers == expected.answers)
        #expect(outcome.failures.count == expected.failures.count)
        #expect(area.filesMade > 0)
        #expect(area.fileCount == 0, "files are left")
        return (expected.size.rows, outcome.size.rows)
    }

    /// Crashes after each epoch, with state made again from changelogs or from snapshots and for other numbers of shards: the
    /// answers are those of a run without crashes.
    ///
    /// - Parameter bytes: how much may be in memory; the rest spills.
    func expectCrashesDoNotMatter(_ epochs: [OperatorDriver.Epoch], bytes: Int? = nil) throws {
        let expected = try OperatorDriver(self, shards: 2, workers: 2).run(epochs)
        for after in 1..<epochs.count {
            let recoveries: [OperatorDriver.Recovery] = [
                .changelogs(after: after, shards: 3), .snapshot(after: after, age: after % 3, shards: 1),
            ]
            for recovery in recoveries {
                let area = MemorySpillArea()
                let memory = bytes.map { ShardMemory(bytes: $0, area: area) } ?? .unbounded
                let driver = OperatorDriver(self, shards: 2, workers: 2, memory: memory)
                #expect(try driver.run(epochs, recovery: recovery).answers == expected.answers)
                #expect(area.fileCount == 0, "files are left")
            }
        }
    }

    /// Runs epochs whose state spills to a disk that is full, and to one that damages what it is given.
    func expectFullDiskAndDamagedRowsAreErrors(_ epochs: [OperatorDriver.Epoch], bytes: Int) {
        let full = MemorySpillArea()
        full.setRoom(2_000)
        let damaged = MemorySpillArea()
        damaged.damage()
        for (area, code) in [(full, PipelineError.Code.diskFull), (damaged, .corruptFile)] {
            let memory = ShardMemory(bytes: bytes, area: area)
            let failure = #expect(throws: PipelineError.self) {
                _ = try OperatorDriver(self, shards: 2, workers: 2, memory: memory).run(epochs)
            }
            #expect(failure?.code == code)
            #expect(area.fileCount == 0, "files are left")
        }
    }
}
