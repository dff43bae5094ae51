// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// Where the tables of lookup joins are read.
public protocol LookupTables: Sendable {
    /// The columns of a table as it is now, for planning.
    func schema(of table: LookupPlan.TableReference) async throws(PipelineError) -> Schema

    /// The version that a table has now: of a Delta table its number, of files a text that changes with their listing.
    func version(of table: LookupPlan.TableReference) async throws(PipelineError) -> String

    /// The rows of a version, in the columns of `schema`; `nil` when the table no longer has that version.
    func rows(
        of table: LookupPlan.TableReference, version: String, schema: Schema
    ) async throws(PipelineError) -> ColumnBatch?
}

/// A table as all rows of an epoch see it.
public final class LookupTable: Sendable {
    /// Which table.
    public let reference: LookupPlan.TableReference
    /// Its version.
    public let version: String
    /// All its rows.
    public let rows: ColumnBatch

    /// A table at a version.
    public init(_ reference: LookupPlan.TableReference, version: String, rows: ColumnBatch) {
        self.reference = reference
        self.version = version
        self.rows = rows
    }
}

/// The tables of an epoch. Sets are equal when they hold the same versions.
public struct LookupTableSet: Hashable, Sendable {
    private var tables: [LookupPlan.TableReference: LookupTable] = [:]

    /// Tables, each once.
    public init(_ tables: [LookupTable] = []) {
        for table in tables { self.tables[table.reference] = table }
    }

    /// A table, if it was loaded.
    public subscript(reference: LookupPlan.TableReference) -> LookupTable? { tables[reference] }

    private var versions: [LookupPlan.TableReference: String] { tables.mapValues(\.version) }

    /// Whether both hold the same versions of the same tables.
    public static func == (left: LookupTableSet, right: LookupTableSet) -> Bool { left.versions == right.versions }

    /// By the versions.
    public func hash(into hasher: inout Hasher) { hasher.combine(versions) }
}
