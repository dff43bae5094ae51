// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// Reads a Parquet file, row group by row group.
///
/// Nothing in the file is trusted: a damaged or hostile file throws `corruptFile` or `unsupported` and takes no more memory
/// than its bytes can justify.
public final class ParquetFile {
    /// The columns, by Spark's mapping of types. Unsigned integers become the next larger type, UUIDs text.
    public let schema: Schema
    private let input: any ParquetInput
    private let metadata: FileMetadata
    private let tree: ReaderSchema
    private let decompressor = PageDecompressor()
    private let maxGroupBytes: Int

    /// A larger row group cannot be addressed by 32-bit offsets.
    private static let maxGroupRows = 1 << 30

    /// Reads the footer. A row group that would need more than about `maxGroupBytes` of memory is refused when it is read:
    /// a few bytes can claim any number of equal values.
    ///
    /// - Throws: `corruptFile`, `unsupported` (encryption, decimals above 38 digits), what the input throws.
    public init(_ input: any ParquetInput, maxGroupBytes: Int = 4 << 30) throws(PipelineError) {
        self.input = input
        self.maxGroupBytes = maxGroupBytes
        metadata = try Self.readFooter(input)
        tree = try ReaderSchema(metadata.schema)
        schema = Schema(tree.columns.map { Field($0.name, $0.type, nullable: $0.nullable) })
        for group in metadata.rowGroups where group.columns.count != tree.leaves.count {
            throw .corruptParquet("a row group has not one chunk for each column")
        }
    }

    private static func readFooter(_ input: any ParquetInput) throws(PipelineError) -> FileMetadata {
        let size = input.byteCount
        guard size >= 12 else { throw .corruptParquet("the file is too short for a Parquet file") }
        // One read gets most footers.
        let tailSize = min(size, 64 << 10)
        let tail = try input.read((size - tailSize)..<size)
        guard tail.count == tailSize else { throw .corruptParquet("the file is shorter than it was") }
        let bytes = tail.span
        let magic = bytes.littleEndian(at: tailSize - 4, as: UInt32.self)
        // "PARE" and "PAR1".
        if magic == 0x4552_4150 { throw .encryptedParquet }
        guard magic == 0x3152_4150 else { throw .corruptParquet("the file does not end like a Parquet file") }
        let footerSize = Int(bytes.littleEndian(at: tailSize - 8, as: UInt32.self))
        guard footerSize > 0, footerSize <= size - 12 else {
            throw .corruptParquet("the footer is longer than the file")
        }
        let footer =
            footerSize + 8 <= tailSize
            ? tail.slice((tailSize - 8 - footerSize)..<(tailSize - 8))
            : try input.read((size - 8 - footerSize)..<(size - 8))
        var thrift = ThriftReader(footer)
        return try FileMetadata(reading: &thrift)
    }

    /// How many rows the file has.
    public var rowCount: Int { metadata.rowGroups.reduce(0) { $0 &+ $1.rowCount } }

    /// How many row groups the file has.
    public var rowGroupCount: Int { metadata.rowGroups.count }

    /// How many rows a row group has.
    public func rowCount(ofRowGroup index: Int) -> Int { metadata.rowGroups[index].rowCount }

    /// The program that wrote the file, as it says.
    public var createdBy: String { metadata.createdBy }

    /// The pairs of the footer, in order.
    public var keyValueMetadata: [(key: String, value: String?)] { metadata.keyValues }

    /// Where the bytes of some top-level columns of a row group lie, one range for each column, for inputs that fetch ahead.
    ///
    /// - Throws: `corruptFile` when a range is outside of the file.
    public func byteRanges(ofRowGroup index: Int, columnIndices: [Int]) throws(PipelineError) -> [Range<Int>] {
        let group = metadata.rowGroups[index]
        var ranges: [Range<Int>] = []
        for position in columnIndices {
            var (low, high) = (Int.max, 0)
            for leaf in tree.columns[position].leafIndices where group.columns[leaf].valueCount > 0 {
                let range = try range(group.columns[leaf])
                (low, high) = (min(low, range.lowerBound), max(high, range.upperBound))
            }
            if low < high { ranges.append(low..<high) }
        }
        return ranges
    }

    /// The rows of a row group, of some top-level columns by name.
    ///
    /// - Throws: `unknownName` for a column that the file lacks; `corruptFile`; `unsupported`; what the input throws.
    public func readRowGroup(_ index: Int, columns names: [String]) throws(PipelineError) -> ColumnBatch {
        var indices: [Int] = []
        for name in names {
            guard let column = schema.index(of: name) else {
                throw PipelineError(.unknownName, "the Parquet file has no column '\(name)'")
            }
            indices.append(column)
        }
        return try readRowGroup(index, columnIndices: indices)
    }

    /// The rows of a row group, of some top-level columns by position, or of all.
    ///
    /// - Throws: `corruptFile`; `unsupported`; what the input throws.
    public func readRowGroup(_ index: Int, columnIndices: [Int]? = nil) throws(PipelineError) -> ColumnBatch {
        precondition(metadata.rowGroups.indices.contains(index))
        let group = metadata.rowGroups[index]
        guard group.rowCount <= Self.maxGroupRows else {
            throw PipelineError(.unsupported, "a row group of the Parquet file has \(group.rowCount) rows")
        }
        let selected = columnIndices ?? Array(tree.columns.indices)
        try checkMemory(selected.map { tree.columns[$0] }, group)
        var columns: [Column] = []
        // What was read of each place in the file.
        var known: [Int: Int] = [:]
        for position in selected {
            let node = tree.columns[position]
            let place = dataOffset(of: node, group)
            if let earlier = place.flatMap({ known[$0] }), isOnePlace(selected[earlier], position, group) {
                columns.append(columns[earlier])
                continue
            }
            do throws(PipelineError) {
                let column = try column(node, group)
                guard column.count == group.rowCount else {
                    throw .corruptParquet("a column has not as many rows as its row group")
                }
                if let place { known[place] = columns.count }
                columns.append(column)
            } catch {
                throw error.within("column", node.name)
            }
        }
        return ColumnBatch(
            schema: Schema(selected.map { schema.fields[$0] }), columns: columns, rowCount: group.rowCount)
    }

    private func dataOffset(of node: ReaderNode, _ group: RowGroupMetadata) -> Int? {
        guard case .leaf(let leaf) = node.kind else { return nil }
        return group.columns[leaf.index].dataPageOffset
    }

    /// Whether two columns name the same place for their values, as a writer may that knows them to be equal.
    private func isOnePlace(_ one: Int, _ other: Int, _ group: RowGroupMetadata) -> Bool {
        let (node, otherNode) = (tree.columns[one], tree.columns[other])
        guard case (.leaf(let leaf), .leaf(let otherLeaf)) = (node.kind, otherNode.kind) else { return false }
        let (chunk, otherChunk) = (group.columns[leaf.index], group.columns[otherLeaf.index])
        return node.type == otherNode.type && node.nullable == otherNode.nullable
            && chunk.dataPageOffset == otherChunk.dataPageOffset
            && chunk.dictionaryPageOffset == otherChunk.dictionaryPageOffset
            && chunk.valueCount == otherChunk.valueCount
    }

    /// Refuses claims that memory could not hold. Bytes of text are bounded where they are decompressed.
    private func checkMemory(_ nodes: [ReaderNode], _ group: RowGroupMetadata) throws(PipelineError) {
        var bytes = 0
        for node in nodes {
            for leaf in node.leafIndices {
                let valueCount = group.columns[leaf].valueCount
                let (size, overflow) = valueCount.multipliedReportingOverflow(by: Self.bytesPerValue)
                guard !overflow, size <= maxGroupBytes - bytes else {
                    throw PipelineError(
                        .memoryExceeded,
                        "a row group of the Parquet file needs more than \(maxGroupBytes) bytes of memory",
                        hint: "Read fewer columns at a time, or write smaller row groups")
                }
                bytes += size
            }
        }
    }

    /// A value with its levels, while it is decoded.
    private static let bytesPerValue = 12

    private func column(_ node: ReaderNode, _ group: RowGroupMetadata) throws(PipelineError) -> Column {
        var assembly = ColumnAssembly(leaves: Array(repeating: nil, count: tree.leaves.count))
        try read(node, group, into: &assembly)
        return try assembly.column(node)
    }

    private func read(
        _ node: ReaderNode, _ group: RowGroupMetadata, into assembly: inout ColumnAssembly
    ) throws(PipelineError) {
        switch node.kind {
        case .leaf(let leaf): assembly.leaves[leaf.index] = try read(leaf, node.type, group)
        case .structure(let children):
            for child in children { try read(child, group, into: &assembly) }
        case .list(let item): try read(item, group, into: &assembly)
        case .map(let key, let value):
            try read(key, group, into: &assembly)
            try read(value, group, into: &assembly)
        }
    }

    private func read(
        _ leaf: ReaderLeaf, _ type: DataType, _ group: RowGroupMetadata
    ) throws(PipelineError) -> ColumnAssembly.Leaf {
        let chunk = group.columns[leaf.index]
        if chunk.isEncrypted { throw .encryptedParquet }
        guard chunk.physicalType == leaf.physicalType else {
            throw .corruptParquet("a column chunk has another type than the schema says")
        }
        guard let codec = chunk.codec, !chunk.isInOtherFile else {
            throw PipelineError(.unsupported, "a column chunk lies in another file or has an unknown codec")
        }
        guard leaf.maxRepetition > 0 || chunk.valueCount == group.rowCount else {
            throw .corruptParquet("a column has not as many values as its row group")
        }
        let reader = ChunkReader(leaf, codec, decompressor)
        let bytes = chunk.valueCount > 0 ? try input.read(try range(chunk)) : Buffer()
        let content = try reader.read(bytes, valueCount: chunk.valueCount)
        return ColumnAssembly.Leaf(
            definitions: content.definitions, repetitions: content.repetitions,
            values: try LeafValues.decode(content, leaf, type))
    }

    /// Where the pages of a chunk lie. Some old writers forgot the header of the dictionary page in the size.
    private func range(_ chunk: ColumnChunkMetadata) throws(PipelineError) -> Range<Int> {
        let start = min(chunk.dictionaryPageOffset ?? chunk.dataPageOffset, chunk.dataPageOffset)
        let (end, overflow) = start.addingReportingOverflow(chunk.compressedByteCount)
        guard start >= 4, !overflow, end <= input.byteCount - 8 else {
            throw .corruptParquet("a column chunk lies outside of the file")
        }
        return start..<min(end + 100, input.byteCount - 8)
    }
}
