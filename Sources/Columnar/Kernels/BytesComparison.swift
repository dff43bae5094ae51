// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Comparison of STRING and BINARY columns byte by byte, which for UTF-8 is the order of code points.
public enum BytesComparison {
    /// What two values are compared for.
    public enum Relation: Sendable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

        /// Whether an order (negative, 0, positive) is meant.
        @inlinable
        public func holds(_ order: Int) -> Bool {
            switch self {
            case .equal: order == 0
            case .notEqual: order != 0
            case .less: order < 0
            case .lessOrEqual: order <= 0
            case .greater: order > 0
            case .greaterOrEqual: order >= 0
            }
        }
    }

    /// The rows of a column whose value stands in a relation to one value. A dictionary is compared once per value.
    public static func test(_ column: Column, _ relation: Relation, constant: Buffer<UInt8>) -> Bitmap {
        if case .dictionary(let codes, let values) = column.storage, values.count < codes.count {
            let flags = test(values, relation, constant: constant)
            let one = Column(.boolean, count: flags.count, validity: nil, storage: .bits(flags))
            return one.taking(codes).bits
        }
        guard case .bytes(let offsets, let bytes) = column.expandingDictionary().storage else {
            return Bitmap(repeating: false, count: column.count)
        }
        let wanted = constant.span
        let (starts, source) = (offsets.span, bytes.span)
        var result = BitmapBuilder(capacity: column.count)
        let decidedByLength = relation == .equal || relation == .notEqual
        for row in 0..<column.count {
            let (start, end) = (Int(starts[row]), Int(starts[row + 1]))
            if decidedByLength, end - start != wanted.count {
                result.append(relation == .notEqual)
            } else {
                result.append(relation.holds(order(source.extracting(start..<end), wanted)))
            }
        }
        return result.finish()
    }

    /// The rows in which two columns stand in a relation.
    public static func test(_ left: Column, _ relation: Relation, _ right: Column) -> Bitmap {
        precondition(left.count == right.count)
        guard case .bytes(let leftOffsets, let leftBytes) = left.expandingDictionary().storage,
            case .bytes(let rightOffsets, let rightBytes) = right.expandingDictionary().storage
        else { return Bitmap(repeating: false, count: left.count) }
        let (leftStarts, leftSource) = (leftOffsets.span, leftBytes.span)
        let (rightStarts, rightSource) = (rightOffsets.span, rightBytes.span)
        var result = BitmapBuilder(capacity: left.count)
        for row in 0..<left.count {
            let one = leftSource.extracting(Int(leftStarts[row])..<Int(leftStarts[row + 1]))
            let other = rightSource.extracting(Int(rightStarts[row])..<Int(rightStarts[row + 1]))
            result.append(relation.holds(order(one, other)))
        }
        return result.finish()
    }

    /// Negative, 0 or positive, as the left bytes come before, are equal to, or come after the right ones.
    public static func order(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        let common = min(left.count, right.count)
        // SAFETY: both spans have at least `common` bytes, and memcmp keeps no pointer.
        let order = unsafe left.withUnsafeBufferPointer { one in
            unsafe right.withUnsafeBufferPointer { other in
                guard common > 0, let one = one.baseAddress, let other = other.baseAddress else { return Int32(0) }
                return unsafe memcmp(one, other, common)
            }
        }
        return order != 0 ? Int(order) : left.count - right.count
    }
}
