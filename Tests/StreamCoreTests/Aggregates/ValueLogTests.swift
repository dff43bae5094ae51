// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamTesting
import Testing

@testable import StreamCore

struct ValueLogTests {
    @Test("values are read at any places, however they were appended", arguments: UInt64(0)..<8)
    func places(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        var log = ValueLog(.string)
        var model: [String] = []
        #expect(log.taking(Buffer([])).count == 0)
        for _ in 0..<60 {
            let added = (0..<Int.random(in: 0...9, using: &random)).map { "value \(model.count + $0)" }
            log.append(Column(.string, added.map { Value.string($0) }))
            model += added
            #expect(log.count == model.count)
            let places =
                model.isEmpty ? [] : (0..<7).map { _ in Int32.random(in: 0..<Int32(model.count), using: &random) }
            let found = log.taking(Buffer(places))
            #expect((0..<found.count).map { found.value(at: $0) } == places.map { .string(model[Int($0)]) })
        }
        log.removeAll()
        #expect(log.count == 0)
    }

    @Test("entries of groups are those of a dictionary", arguments: UInt64(0)..<8)
    func entries(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        var links = EntryLinks()
        var model: [Int32: [Int32]] = [:]
        for count in 1...40 {
            links.grow(to: count)
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let group = Int32.random(in: 0..<Int32(count), using: &random)
                model[group, default: []].append(Int32(links.count))
                links.append(group)
            }
            let wanted = (0..<5).map { _ in Int32.random(in: 0..<Int32(count), using: &random) }
            let found = links.entries(of: Buffer(wanted))
            #expect(found.entries.array == wanted.flatMap { model[$0] ?? [] })
            let sizes = wanted.indices.map { found.offsets[$0 + 1] - found.offsets[$0] }
            #expect(sizes == wanted.map { Int32(model[$0]?.count ?? 0) })
        }
    }

    @Test func onlyIDsThatAreNewAreEntries() {
        var links = EntryLinks()
        links.grow(to: 2)
        links.append(newAmong: Buffer([0, 1, 0, 2]), groups: Buffer([1, 0, 1, 1]))
        links.append(newAmong: Buffer([2, 3]), groups: Buffer([1, 0]))
        let found = links.entries(of: Buffer([1, 0]))
        #expect(found.entries.array == [0, 2, 1, 3])
        #expect(found.offsets.array == [0, 2, 4])
    }
}
