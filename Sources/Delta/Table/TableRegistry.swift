// SPDX-License-Identifier: Apache-2.0
import Failures
import ObjectStore
import Synchronization

/// The tables that this process has open, so that all users of one share its committer.
final class TableRegistry: Sendable {
    static let shared = TableRegistry()
    private let tables = Mutex<[String: Entry]>([:])

    private struct Entry {
        weak var table: DeltaTable?
    }

    func table(at location: StoreLocation, make: () -> DeltaTable) -> DeltaTable {
        let identity = location.identity
        return tables.withLock { tables in
            if let table = tables[identity]?.table { return table }
            tables = tables.filter { $0.value.table != nil }
            let table = make()
            tables[identity] = Entry(table: table)
            return table
        }
    }
}
