// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A set of keys, to be asked which rows of a batch are of its members.
final class KeySet {
    private var table = KeyTable()

    init() {}

    /// How many keys there are.
    var count: Int { table.count }

    /// Adds keys; those that are members already change nothing.
    func add(_ keys: EncodedKeys) { _ = table.ids(for: keys) }

    /// The rows of a batch that are members; `nil` for all.
    func rows(of keys: EncodedKeys) -> Buffer<Int32>? {
        let found = table.find(keys)
        var rows = BufferBuilder<Int32>(capacity: keys.count)
        for row in 0..<found.count where found[row] >= 0 { rows.append(Int32(row)) }
        return rows.count == keys.count ? nil : rows.finish()
    }

    /// The prefixes of its members.
    var prefixes: PrefixSet { Self.prefixes(table) }

    /// The hashes of its members, each once per key.
    var hashes: Buffer<Int64> { Self.hashes(table) }

    private static func prefixes(_ table: borrowing KeyTable) -> PrefixSet { PrefixSet(table.hashes) }

    private static func hashes(_ table: borrowing KeyTable) -> Buffer<Int64> {
        var result = BufferBuilder<Int64>(capacity: table.count)
        result.append(contentsOf: table.hashes)
        return result.finish()
    }
}
