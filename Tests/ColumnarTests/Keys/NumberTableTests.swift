// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

struct NumberTableTests {
    @Test("keys have the numbers of a dictionary, however they come", arguments: UInt64(0)..<16)
    func twin(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        var table = NumberTable(expecting: seed < 8 ? 0 : 150)
        var members = BufferBuilder<Int32>()
        var twin: [Int32: Int32] = [:]
        let range = [Int32(5), 300, 70_000, .max][Int(seed % 4)]
        var next: Int32 = 0
        for _ in 0..<40 {
            // Half of the seeds begin with keys in their own order.
            let keys = (0..<Int.random(in: 0...200, using: &random)).map { _ -> Int32 in
                defer { next += 1 }
                return seed % 8 >= 4 && next < min(900, range) ? next : Int32.random(in: 0..<range, using: &random)
            }
            let found = table.find(Buffer(keys)).array
            #expect(found == keys.map { twin[$0] ?? -1 })
            var numbers = BufferBuilder<Int32>()
            table.number(Buffer(keys).span, members: &members, into: &numbers)
            let expected = keys.map { key -> Int32 in
                if twin[key] == nil { twin[key] = Int32(twin.count) }
                return twin[key] ?? -1
            }
            let (given, count) = (numbers.copy.array, table.count)
            #expect(given == expected)
            #expect(count == twin.count)
        }
        let known = members.copy.array
        #expect(known == twin.sorted { $0.value < $1.value }.map(\.key))
    }

    @Test("tables that share their members give numbers that are all different")
    func shared() {
        var first = NumberTable()
        var second = NumberTable()
        var members = BufferBuilder<Int32>()
        var numbers = BufferBuilder<Int32>()
        first.number(Buffer([0, 1]).span, members: &members, into: &numbers)
        second.number(Buffer([1, 0]).span, members: &members, into: &numbers)
        first.number(Buffer([2, 1, 0]).span, members: &members, into: &numbers)
        second.number(Buffer([0, 2, 1]).span, members: &members, into: &numbers)
        let (given, known) = (numbers.copy.array, members.copy.array)
        #expect(given == [0, 1, 2, 3, 4, 1, 0, 3, 5, 2])
        #expect(known == [0, 1, 1, 0, 2, 2])
    }

    @Test("what stands in its own order needs no memory")
    func ordered() {
        var table = NumberTable()
        var members = BufferBuilder<Int32>()
        var numbers = BufferBuilder<Int32>()
        table.number(Buffer((0..<10_000).map { Int32($0) }).span, members: &members, into: &numbers)
        let bytes = table.byteCount
        #expect(bytes == 0)
    }

    @Test("numbers have places of their own until they are far apart")
    func places() {
        var table = NumberTable(expecting: 4)
        var members = BufferBuilder<Int32>()
        var numbers = BufferBuilder<Int32>()
        func bytes(after keys: [Int32]) -> Int {
            table.number(Buffer(keys).span, members: &members, into: &numbers)
            return table.byteCount
        }
        // In their order; a place for each of 0 through 15; 2 and 7 again; a table of 64 words.
        #expect(bytes(after: [0, 1, 2]) == 0)
        #expect(bytes(after: [15, 0, 9]) == 16 * 4)
        #expect(bytes(after: [2, 7, 15]) == 16 * 4)
        #expect(bytes(after: [1_000_000, 7, 1, 15, 1_000_000, 3]) == 64 * 8)
        let (given, known) = (numbers.copy.array, members.copy.array)
        #expect(given == [0, 1, 2, 3, 0, 4, 2, 5, 3, 6, 5, 1, 3, 6, 7])
        #expect(known == [0, 1, 2, 15, 9, 7, 1_000_000, 3])
        #expect(table.find(Buffer([9, 3, 4, 1_000_000])).array == [4, 7, -1, 6])
    }
}
