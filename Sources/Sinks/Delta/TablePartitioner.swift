// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta

/// Splits the rows of a batch by the values of the partition columns.
enum TablePartitioner {
    /// The rows of one table partition: all of the batch, or those at `rows`.
    struct Group {
        /// The value of each partition column as text; `nil` is NULL.
        let key: [String?]
        /// `nil` stands for all rows.
        let rows: Buffer<Int32>?
    }

    /// The groups in order of their first row. Rows keep their order. O(rows) for each column.
    static func groups(_ columns: [Column], rowCount: Int) -> [Group] {
        guard rowCount > 0 else { return [] }
        guard let first = columns.first else { return [Group(key: [], rows: nil)] }
        var coded = codes(of: first)
        for column in columns.dropFirst() { coded = combined(coded, codes(of: column)) }
        let keys = coded.firstRows.map { row in columns.map { PartitionValue.text($0.value(at: row)) } }
        if keys.count == 1 { return [Group(key: keys[0], rows: nil)] }

        // Different values may have one text: NULL and the empty string.
        var groupOfKey: [[String?]: Int] = [:]
        var groupOfCode: [Int] = []
        var distinct: [[String?]] = []
        for key in keys {
            if let group = groupOfKey[key] {
                groupOfCode.append(group)
            } else {
                groupOfKey[key] = distinct.count
                groupOfCode.append(distinct.count)
                distinct.append(key)
            }
        }
        if distinct.count == 1 { return [Group(key: distinct[0], rows: nil)] }
        let (rows, starts) = rowsByGroup(coded.codes, groupOfCode, count: distinct.count)
        return distinct.enumerated().map { group, key in
            Group(key: key, rows: rows.slice(starts[group]..<starts[group + 1]))
        }
    }

    /// The rows of all groups behind each other, in order within each, and where each group starts.
    private static func rowsByGroup(
        _ codes: [Int32], _ groupOfCode: [Int], count: Int
    ) -> (rows: Buffer<Int32>, starts: [Int]) {
        let (codeSpan, groups) = (codes.span, groupOfCode.span)
        var starts = [Int](repeating: 0, count: count + 1)
        for row in codeSpan.indices { starts[groups[Int(codeSpan[row])] + 1] += 1 }
        for group in 0..<count { starts[group + 1] += starts[group] }
        var next = starts
        var rows = BufferBuilder<Int32>(capacity: codeSpan.count)
        rows.append(repeating: 0, count: codeSpan.count)
        var target = rows.mutableSpan
        var position = next.mutableSpan
        for row in codeSpan.indices {
            let group = groups[Int(codeSpan[row])]
            target[position[group]] = Int32(truncatingIfNeeded: row)
            position[group] += 1
        }
        return (rows.finish(), starts)
    }

    /// A small number for each row, equal for equal values, and a row that has each number's value.
    private struct Codes {
        var codes: [Int32]
        var firstRows: [Int]
    }

    private static func codes(of column: Column) -> Codes {
        switch column.storage {
        case .none: return Codes(codes: [Int32](repeating: 0, count: column.count), firstRows: [0])
        case .bits(let bits): return codes(Buffer(bits.array.map { $0 ? 1 as UInt8 : 0 }), column.validity)
        case .int8(let values): return codes(values, column.validity)
        case .int16(let values): return codes(values, column.validity)
        case .int32(let values): return codes(values, column.validity)
        case .int64(let values): return codes(values, column.validity)
        case .int128(let values): return codes(values, column.validity)
        case .float(let values): return codes(values, column.validity)
        case .double(let values): return codes(values, column.validity)
        case .dictionary(let dictionary, _): return codes(dictionary, column.validity)
        case .bytes(let offsets, let bytes): return codes(offsets, bytes, column.validity)
        case .fields, .list, .map:
            return Codes(codes: (0..<Int32(column.count)).map { $0 }, firstRows: Array(0..<column.count))
        }
    }

    private static func codes<Element: Hashable & BitwiseCopyable & Sendable>(
        _ values: Buffer<Element>, _ validity: Bitmap?
    ) -> Codes {
        let span = values.span
        var result = Codes(codes: [], firstRows: [])
        result.codes.reserveCapacity(span.count)
        var known: [Element: Int32] = [:]
        var nullCode: Int32?
        var last: (value: Element, code: Int32)?
        for row in span.indices {
            if let validity, !validity[row] {
                let code = nullCode ?? Int32(result.firstRows.count)
                if nullCode == nil { result.firstRows.append(row) }
                nullCode = code
                result.codes.append(code)
                continue
            }
            let value = span[row]
            if let last, last.value == value {
                result.codes.append(last.code)
                continue
            }
            let code = known[value] ?? Int32(result.firstRows.count)
            if Int(code) == result.firstRows.count {
                result.firstRows.append(row)
                known[value] = code
            }
            last = (value, code)
            result.codes.append(code)
        }
        return result
    }

    private static func codes(_ offsets: Buffer<Int32>, _ bytes: Buffer<UInt8>, _ validity: Bitmap?) -> Codes {
        let (starts, text) = (offsets.span, bytes.span)
        var result = Codes(codes: [], firstRows: [])
        var known: [[UInt8]: Int32] = [:]
        var nullCode: Int32?
        var lastRow: Int?
        for row in 0..<(starts.count - 1) {
            if let validity, !validity[row] {
                let code = nullCode ?? Int32(result.firstRows.count)
                if nullCode == nil { result.firstRows.append(row) }
                nullCode = code
                result.codes.append(code)
                continue
            }
            let range = Int(starts[row])..<Int(starts[row + 1])
            if let last = lastRow,
                equal(text.extracting(Int(starts[last])..<Int(starts[last + 1])), text.extracting(range))
            {
                result.codes.append(result.codes[last])
                continue
            }
            let value = bytes.slice(range).array
            let code = known[value] ?? Int32(result.firstRows.count)
            if Int(code) == result.firstRows.count {
                result.firstRows.append(row)
                known[value] = code
            }
            lastRow = row
            result.codes.append(code)
        }
        return result
    }

    private static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }

    private static func combined(_ left: Codes, _ right: Codes) -> Codes {
        let pairs = zip(left.codes, right.codes).map { Int64($0) << 32 | Int64($1) }
        return codes(Buffer(pairs), nil)
    }
}
