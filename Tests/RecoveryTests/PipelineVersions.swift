// SPDX-License-Identifier: Apache-2.0
import StreamTesting

/// Versions of a pipeline that follow each other over the same records, as a seed has it.
///
/// Each version knows some things (aggregates, or columns) by name, in an order of its own.
struct PipelineVersions {
    /// By version the things it has.
    var things: [[String]]
    /// By version the first sending that it is there for.
    var starts: [Int]
    /// By version the last epoch of those before.
    var takeovers: [Int64]
    /// How many sendings there are; each makes an epoch, or more after a crash.
    let sendings: Int

    /// Two to four versions: each leaves things out, takes others in, and shuffles.
    init(of pool: [String], sendings: Int, _ numbers: inout SeededNumbers) {
        self.sendings = sendings
        let count = 2 + Int(numbers.next() % 3)
        starts = [0]
        things = []
        for version in 0..<count {
            things.append(Array(pool.shuffled(using: &numbers).prefix(2 + Int(numbers.next() % 5))))
            if version > 0 { starts.append(1 + Int(numbers.next() % UInt64(sendings - 1))) }
        }
        starts.sort()
        takeovers = Array(repeating: -1, count: count)
    }

    /// The sendings of a version.
    func range(of version: Int) -> Range<Int> {
        starts[version]..<max(starts[version], version + 1 < starts.count ? starts[version + 1] : sendings)
    }

    /// The sending since which a thing of a version has been there without a gap. Versions without one do not count.
    func since(_ thing: String, in version: Int) -> Int {
        var since = range(of: version).lowerBound
        for earlier in stride(from: version - 1, through: 0, by: -1) where !range(of: earlier).isEmpty {
            guard things[earlier].contains(thing) else { break }
            since = range(of: earlier).lowerBound
        }
        return since
    }

    /// The version that an epoch belongs to.
    func version(of epoch: Int64) -> Int { takeovers.lastIndex { $0 < epoch } ?? 0 }
}
