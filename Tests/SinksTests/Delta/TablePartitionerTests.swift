// SPDX-License-Identifier: Apache-2.0
import Columnar
@testable import Sinks
import StreamTesting
import Testing

struct TablePartitionerTests {
    /// Groups as `key: rows`, made row by row.
    private func naive(_ columns: [Column], _ count: Int) -> [[String?]: [Int32]] {
        var groups: [[String?]: [Int32]] = [:]
        for row in 0..<count {
            let key = columns.map { column -> String? in
                switch column.value(at: row) {
                case .string(let text): text.isEmpty ? nil : text
                case .int(let number): String(number)
                case .boolean(let truth): truth ? "true" : "false"
                default: nil
                }
            }
            groups[key, default: []].append(Int32(row))
        }
        return groups
    }

    @Test("rows are grouped as one by one", arguments: UInt64(0)..<30)
    func groupsAreThoseOfTheNaiveTwin(seed: UInt64) {
        var random = SeededNumbers(seed: seed)
        let count = Int.random(in: 1...200, using: &random)
        let texts = (0..<count).map { _ -> Value in
            let number = Int.random(in: 0..<6, using: &random)
            return number == 0 ? .null : .string(number == 1 ? "" : "s\(number)")
        }
        let plain = Column(.string, texts)
        let codes = Buffer((0..<count).map { _ in Int32.random(in: 0..<3, using: &random) })
        let dictionary = Column(
            .string, count: count, validity: nil,
            storage: .dictionary(codes: codes, values: Column(.string, [.string("a"), .string("b"), .string("a")])))
        let numbers = Column(.int, (0..<count).map { _ in .int(Int32.random(in: 0..<4, using: &random)) })
        let flags = Column(.boolean, (0..<count).map { _ in Bool.random(using: &random) ? .null : .boolean(true) })
        for columns in [[plain], [dictionary], [numbers], [flags], [plain, numbers], [dictionary, flags, plain]] {
            var found: [[String?]: [Int32]] = [:]
            for group in TablePartitioner.groups(columns, rowCount: count) {
                found[group.key] = group.rows?.array ?? (0..<Int32(count)).map { $0 }
            }
            #expect(found == naive(columns, count))
        }
    }

    @Test func noRowsAreNoGroups() {
        #expect(TablePartitioner.groups([Column(.int, [])], rowCount: 0).isEmpty)
        #expect(TablePartitioner.groups([], rowCount: 5).map(\.key) == [[]])
    }
}
