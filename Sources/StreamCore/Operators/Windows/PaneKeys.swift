// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The keys of panes, each held once and known by its number, however many panes have a group of it.
final class PaneKeys {
    private var table = KeyTable()

    init() {}

    /// How many keys there are.
    var count: Int { table.count }

    var byteCount: Int { count == 0 ? 0 : table.byteCount }

    /// The numbers of keys; new ones get the next.
    func numbers(for keys: EncodedKeys) -> Buffer<Int32> { table.ids(for: keys) }

    /// The numbers of keys as state holds them; new ones get the next.
    func numbers(for column: Column, hashes: Buffer<Int64>) -> Buffer<Int32> { table.ids(for: column, hashes: hashes) }

    /// The keys of these numbers, in that order.
    func keys(_ numbers: Buffer<Int32>) -> EncodedKeys { table.keys(numbers) }

    /// The prefix of the hash of a key.
    func prefix(_ number: Int32) -> UInt32 { Self.prefix(number, of: table) }

    private static func prefix(_ number: Int32, of table: borrowing KeyTable) -> UInt32 {
        let hashes = table.hashes
        return HashPrefix.of(hashes[Int(number)])
    }

    /// The hashes of the keys of these numbers, in that order.
    func hashes(_ numbers: Buffer<Int32>) -> Buffer<Int64> { Self.hashes(numbers, of: table) }

    private static func hashes(_ numbers: Buffer<Int32>, of table: borrowing KeyTable) -> Buffer<Int64> {
        var result = BufferBuilder<Int64>(capacity: numbers.count)
        result.append(table.hashes, at: numbers.span) { $0 }
        return result.finish()
    }

    /// Forgets the keys that none of the panes has, once these are most; panes that are not given must not be used any more.
    func forgetUnused(by panes: some Sequence<Pane>) {
        guard count > 2 * panes.reduce(0, { $0 + $1.count }) else { return }
        var numbers = NumberTable()
        var used = BufferBuilder<Int32>()
        for pane in panes { pane.renumberKeys(&numbers, &used) }
        table = table.keeping(used.finish())
    }
}
