// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
public import ObjectStore
import Parquet

/// A Parquet file in an object store, read row group by row group: memory holds the bytes of one, of the wanted columns only.
public final class StoredParquetFile {
    /// The columns.
    public var schema: Schema { file.schema }
    /// How many row groups the file has.
    public var rowGroupCount: Int { file.rowGroupCount }
    private let key: String
    private let store: any ObjectStore
    private let input: FetchedInput
    private let file: ParquetFile

    /// So many bytes at the end are fetched at first; most footers are shorter.
    private static let tailBytes = 64 << 10

    /// Reads the footer.
    ///
    /// - Throws: `objectNotFound`, `corruptFile`, and what the store throws.
    public init(_ key: String, in store: any ObjectStore) async throws(PipelineError) {
        self.key = key
        self.store = store
        guard let info = try await store.info(key) else {
            throw PipelineError(.objectNotFound, "there is no file '\(key)'", at: [.init("store", store.root)])
        }
        let size = info.byteCount
        input = FetchedInput(byteCount: size)
        do throws(PipelineError) {
            let tail = try await store.get(key, range: max(0, size - Self.tailBytes)..<size)
            input.keep(tail, from: max(0, size - Self.tailBytes))
            if let missing = Self.footer(of: tail, size) {
                input.keep(try await store.get(key, range: missing), from: missing.lowerBound)
            }
            file = try ParquetFile(input)
            input.forget()
        } catch {
            throw error.within("file", key)
        }
    }

    /// Where the footer lies when the tail does not hold all of it.
    private static func footer(of tail: [UInt8], _ size: Int) -> Range<Int>? {
        guard tail.count >= 12 else { return nil }
        let length = (0..<4).reduce(0) { $0 | Int(tail[tail.count - 8 + $1]) << (8 * $1) }
        guard length + 8 > tail.count, length + 12 <= size else { return nil }
        return (size - 8 - length)..<size
    }

    /// The rows of a row group, of some top-level columns by position, or of all.
    public func readRowGroup(
        _ index: Int, columnIndices: [Int]? = nil
    ) async throws(PipelineError) -> ColumnBatch {
        do throws(PipelineError) {
            let wanted = columnIndices ?? Array(file.schema.fields.indices)
            defer { input.forget() }
            for range in try file.byteRanges(ofRowGroup: index, columnIndices: wanted) {
                input.keep(try await store.get(key, range: range), from: range.lowerBound)
            }
            return try file.readRowGroup(index, columnIndices: wanted)
        } catch {
            throw error.within("file", key)
        }
    }
}

/// Parts of a file that were fetched before they are asked for.
private final class FetchedInput: ParquetInput {
    let byteCount: Int
    private var parts: [(start: Int, bytes: Buffer<UInt8>)] = []

    init(byteCount: Int) { self.byteCount = byteCount }

    func keep(_ bytes: [UInt8], from start: Int) { parts.append((start, Buffer(bytes))) }

    func forget() { parts = [] }

    func read(_ range: Range<Int>) throws(PipelineError) -> Buffer<UInt8> {
        for part in parts where range.lowerBound >= part.start && range.upperBound <= part.start + part.bytes.count {
            return part.bytes.slice((range.lowerBound - part.start)..<(range.upperBound - part.start))
        }
        throw PipelineError(.corruptFile, "the file is shorter than it was")
    }
}
