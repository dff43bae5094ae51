// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Keeps the tables of lookup joins between epochs, and reads them again when their version has moved.
struct LookupLoader: Sendable {
    private let tables: (any LookupTables)?
    private let schemas: [LookupPlan.TableReference: Schema]
    private var loaded: [LookupPlan.TableReference: LookupTable] = [:]

    /// Files may change while they are read; so often it is tried again.
    private static let attempts = 5

    init(_ tables: (any LookupTables)?, lookups: [LookupPlan]) {
        self.tables = tables
        schemas = Dictionary(lookups.map { ($0.table, $0.tableSchema) }) { first, _ in first }
    }

    /// The versions that the next epoch is to use, by the tables' names in the checkpoint.
    func versions() async throws(PipelineError) -> [String: String] {
        var versions: [String: String] = [:]
        guard let tables else { return versions }
        for reference in schemas.keys {
            do throws(PipelineError) {
                versions[reference.name] = try await tables.version(of: reference)
            } catch {
                throw error.within("table", reference.path)
            }
        }
        return versions
    }

    /// The tables at the versions that were planned. A version that is gone is replaced by the newest, which `note` is told.
    mutating func load(
        _ planned: [String: String], note: (String) -> Void
    ) async throws(PipelineError) -> LookupTableSet {
        guard let tables else { return LookupTableSet() }
        for (reference, schema) in schemas {
            let wanted = planned[reference.name]
            if let known = loaded[reference], known.version == wanted { continue }
            do throws(PipelineError) {
                loaded[reference] = try await Self.read(reference, wanted, schema, from: tables, note)
            } catch {
                throw error.within("table", reference.path)
            }
        }
        return LookupTableSet(Array(loaded.values))
    }

    private static func read(
        _ reference: LookupPlan.TableReference, _ wanted: String?, _ schema: Schema, from tables: any LookupTables,
        _ note: (String) -> Void
    ) async throws(PipelineError) -> LookupTable {
        var version = wanted
        for _ in 0..<attempts {
            let next: String
            if let version { next = version } else { next = try await tables.version(of: reference) }
            if let rows = try await tables.rows(of: reference, version: next, schema: schema) {
                if let wanted, next != wanted {
                    note("'\(reference.path)' no longer has the version that the epoch was planned with; using \(next)")
                }
                return LookupTable(reference, version: next, rows: rows)
            }
            version = nil
        }
        throw PipelineError(
            .fileChanged, "the table's files change faster than they can be read",
            hint: "Put files in place by renaming them, or use a Delta table")
    }
}

extension LookupPlan.TableReference {
    /// The name of the table in checkpoints.
    var name: String { "\(format.rawValue):\(path)" }
}

extension RelationPlan {
    /// The lookups of a plan.
    public var lookups: [LookupPlan] {
        let below = children.flatMap(\.lookups)
        if case .lookup(_, let plan) = self { return below + [plan] }
        return below
    }
}
