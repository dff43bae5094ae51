// SPDX-License-Identifier: Apache-2.0

/// The order of single rows of any type, as Spark compares them: NaN equals itself and is the largest number, −0.0 equals 0.0,
/// NULL members come first, structs and arrays compare member by member. Slow; for nested types and messages.
public enum RowOrder {
    /// Negative, 0 or positive. Both columns have one type; NULL rows come first.
    public static func compare(_ left: Column, _ leftRow: Int, _ right: Column, _ rightRow: Int) -> Int {
        switch (left.isNull(leftRow), right.isNull(rightRow)) {
        case (true, true): return 0
        case (true, false): return -1
        case (false, true): return 1
        case (false, false): break
        }
        switch (left.storage, right.storage) {
        case (.bits(let one), .bits(let other)): return order(one[leftRow] ? 1 : 0, other[rightRow] ? 1 : 0)
        case (.int8(let one), .int8(let other)): return order(one[leftRow], other[rightRow])
        case (.int16(let one), .int16(let other)): return order(one[leftRow], other[rightRow])
        case (.int32(let one), .int32(let other)): return order(one[leftRow], other[rightRow])
        case (.int64(let one), .int64(let other)): return order(one[leftRow], other[rightRow])
        case (.int128(let one), .int128(let other)): return order(one[leftRow], other[rightRow])
        case (.float(let one), .float(let other)): return floatingOrder(Double(one[leftRow]), Double(other[rightRow]))
        case (.double(let one), .double(let other)): return floatingOrder(one[leftRow], other[rightRow])
        case (.fields(let ones), .fields(let others)):
            for (one, other) in zip(ones, others) {
                let found = compare(one, leftRow, other, rightRow)
                if found != 0 { return found }
            }
            return 0
        case (.list(let oneOffsets, let one), .list(let otherOffsets, let other)):
            let (start, end) = (Int(oneOffsets[leftRow]), Int(oneOffsets[leftRow + 1]))
            let (otherStart, otherEnd) = (Int(otherOffsets[rightRow]), Int(otherOffsets[rightRow + 1]))
            for index in 0..<min(end - start, otherEnd - otherStart) {
                let found = compare(one, start + index, other, otherStart + index)
                if found != 0 { return found }
            }
            return order(end - start, otherEnd - otherStart)
        default: return bytesOrder(left, leftRow, right, rightRow)
        }
    }

    private static func bytesOrder(_ left: Column, _ leftRow: Int, _ right: Column, _ rightRow: Int) -> Int {
        let (one, other) = (bytes(left, leftRow), bytes(right, rightRow))
        return BytesComparison.order(one.span, other.span)
    }

    private static func bytes(_ column: Column, _ row: Int) -> Buffer<UInt8> {
        switch column.storage {
        case .bytes(let offsets, let bytes): bytes.slice(Int(offsets[row])..<Int(offsets[row + 1]))
        case .dictionary(let codes, let values): bytes(values, Int(codes[row]))
        default: Buffer()
        }
    }

    private static func order<Number: Comparable>(_ left: Number, _ right: Number) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }

    /// NaN is the largest number and equals itself.
    @inlinable
    public static func floatingOrder(_ left: Double, _ right: Double) -> Int {
        if left < right { return -1 }
        if left > right { return 1 }
        if left == right { return 0 }
        return left.isNaN ? (right.isNaN ? 0 : 1) : -1
    }
}
