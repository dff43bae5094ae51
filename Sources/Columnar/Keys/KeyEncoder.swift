// SPDX-License-Identifier: Apache-2.0

/// Encodes the key columns of a batch to bytes that are equal where SQL groups rows together, and hashes them.
///
/// - Input: columns of the given types. NULL is a key like any other; NaN equals NaN, and -0.0 equals 0.0.
/// - Output: per row one bit per column for NULL (rounded up to bytes), then the other columns' values: numbers little-endian in
///   their width, STRING and BINARY behind their length, ARRAY and MAP behind their count, STRUCT like a key of its own.
///   The bytes do not sort like the values. Part of the format of state.
/// - Cost: two passes over each column; no allocation per row except for nested types.
public struct KeyEncoder: Sendable {
    /// The types of the key columns.
    public let types: [DataType]
    private let isNormalizing: Bool

    /// An encoder of keys of these types. Values that are only kept, not compared, need no normalised numbers.
    public init(_ types: [DataType], normalizingNumbers: Bool = true) {
        self.types = types
        isNormalizing = normalizingNumbers
    }

    /// Encodes and hashes the keys of all rows.
    public func encode(_ columns: [Column], rowCount: Int) -> EncodedKeys {
        precondition(columns.count == types.count)
        precondition(columns.allSatisfy { $0.count == rowCount })
        let parts = columns.map { KeyPart($0, isNormalizing: isNormalizing) }
        let nullBytes = (columns.count + 7) / 8
        let offsets = Self.offsets(parts, start: nullBytes, rowCount: rowCount)
        var cursors = BufferBuilder<Int32>(capacity: rowCount)
        cursors.append(contentsOf: offsets.span.extracting(0..<rowCount))
        var memory = BufferBuilder<UInt8>(capacity: Int(offsets[rowCount]))
        memory.append(repeating: 0, count: Int(offsets[rowCount]))
        if nullBytes > 0 {
            var positions = cursors.mutableSpan
            for row in 0..<rowCount { positions[row] &+= Int32(nullBytes) }
        }
        for (index, part) in parts.enumerated() {
            part.write(to: &memory, at: &cursors)
            guard let validity = part.validity else { continue }
            let starts = offsets.span
            var bytes = memory.mutableSpan
            for row in 0..<rowCount where !validity[row] {
                bytes[Int(starts[row]) + index / 8] |= 1 << UInt8(index % 8)
            }
        }
        let bytes = memory.finish()
        return EncodedKeys(offsets: offsets, bytes: bytes, hashes: Self.hashes(offsets, bytes))
    }

    private static func offsets(_ parts: [KeyPart], start: Int, rowCount: Int) -> Buffer<Int32> {
        var fixed = Int32(start)
        var lengths = BufferBuilder<Int32>(capacity: rowCount + 1)
        lengths.append(repeating: 0, count: rowCount + 1)
        for part in parts {
            if part.validity == nil, let width = part.fixedWidth {
                fixed += Int32(width)
            } else {
                var span = lengths.mutableSpan
                part.addLengths(to: &span)
            }
        }
        var span = lengths.mutableSpan
        var total: Int32 = 0
        for row in 0..<rowCount {
            let length = span[row] &+ fixed
            span[row] = total
            total += length
        }
        span[rowCount] = total
        return lengths.finish()
    }

    private static func hashes(_ offsets: Buffer<Int32>, _ bytes: Buffer<UInt8>) -> Buffer<Int64> {
        let starts = offsets.span
        let count = starts.count - 1
        var result = BufferBuilder<Int64>(capacity: count)
        // SAFETY: all count hashes are written; every key lies inside bytes, since offsets were made beside them.
        unsafe bytes.withUnsafeBufferPointer { memory in
            unsafe result.append(uninitializedCount: count) { target in
                guard let base = memory.baseAddress else {
                    for row in 0..<count { unsafe target.initializeElement(at: row, to: KeyHash.hashEmpty) }
                    return
                }
                let raw = unsafe UnsafeRawPointer(base)
                for row in 0..<count {
                    let (start, end) = (Int(starts[row]), Int(starts[row + 1]))
                    unsafe target.initializeElement(at: row, to: KeyHash.hash(raw + start, end - start))
                }
            }
        }
        return result.finish()
    }
}
