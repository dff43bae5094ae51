// SPDX-License-Identifier: Apache-2.0
import Columnar

extension LeafWriter {
    /// A bound as a value, and whether it is one of the column's values.
    private typealias Bound = (value: Value, isExact: Bool)

    /// The statistics over all row groups, for a column of these values.
    func summary(
        _ path: [String], valueCount: Int, nullCount: Int, compressedByteCount: Int
    ) -> ParquetColumnStatistics {
        let leaf = pages.leaf
        let (minimum, maximum) = bounds(leaf.type)
        return ParquetColumnStatistics(
            path: path, type: leaf.type, isRepeated: leaf.maxRepetition > 0, valueCount: valueCount,
            nullCount: nullCount, minimum: minimum?.value, maximum: maximum?.value,
            isMinimumExact: minimum?.isExact ?? false, isMaximumExact: maximum?.isExact ?? false,
            compressedByteCount: compressedByteCount)
    }

    private func bounds(_ type: DataType) -> (Bound?, Bound?) {
        switch self {
        case .boolean(let chunk, _):
            let seen = chunk.value.fileSeen
            guard seen.no || seen.yes else { return (nil, nil) }
            return ((.boolean(!seen.no), true), (.boolean(seen.yes), true))
        case .int32(let chunk, _):
            return chunk.value.fileBounds.written.map { (bound($0, type), bound($1, type)) } ?? (nil, nil)
        case .int64(let chunk, _):
            return chunk.value.fileBounds.written.map { (bound($0, type), bound($1, type)) } ?? (nil, nil)
        case .int128(let chunk, _):
            return chunk.value.fileBounds.written.map { (bound($0, type), bound($1, type)) } ?? (nil, nil)
        case .bytes(let chunk, _):
            let isText = type == .string
            func bound(_ written: (bytes: [UInt8], isExact: Bool)?) -> Bound? {
                written.map {
                    (isText ? .string(String(decoding: $0.bytes, as: UTF8.self)) : .binary($0.bytes), $0.isExact)
                }
            }
            return (
                bound(chunk.value.fileBounds.writtenMinimum(isText: isText)),
                bound(chunk.value.fileBounds.writtenMaximum(isText: isText))
            )
        }
    }

    private func bound(_ number: some BinaryInteger, _ type: DataType) -> Bound {
        let value: Value =
            switch type {
            case .tinyint: .tinyint(Int8(truncatingIfNeeded: number))
            case .smallint: .smallint(Int16(truncatingIfNeeded: number))
            case .int: .int(Int32(truncatingIfNeeded: number))
            case .date: .date(Int32(truncatingIfNeeded: number))
            case .timestamp: .timestamp(Int64(truncatingIfNeeded: number))
            case .timestampNTZ: .timestampNTZ(Int64(truncatingIfNeeded: number))
            case .float: .float(Float(bitPattern: UInt32(truncatingIfNeeded: number)))
            case .double: .double(Double(bitPattern: UInt64(truncatingIfNeeded: number)))
            case .decimal(_, let scale): .decimal(Int128(truncatingIfNeeded: number), scale: scale)
            default: .bigint(Int64(truncatingIfNeeded: number))
            }
        return (value, true)
    }
}
