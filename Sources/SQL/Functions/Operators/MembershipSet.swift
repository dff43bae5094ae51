// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// IN over a long list of literals: one search in a sorted list per row.
enum MembershipSet {
    /// The body for a type; `nil` where a chain of comparisons must do.
    static func body(_ type: DataType) -> ScalarFunction.Body? {
        switch type {
        case .int, .date: sorted(Int32.self)
        case .bigint, .timestamp, .timestampNTZ: sorted(Int64.self)
        case .string, .binary: texts
        default: nil
        }
    }

    private static func sorted<Number: FixedWidthInteger & ColumnElement>(_: Number.Type) -> ScalarFunction.Body {
        { arguments, count, _ in
            if arguments[0].isNullConstant { return Column(nulls: .boolean, count: count) }
            let members = arguments.dropFirst().filter { !$0.isNullConstant }
            let list = Buffer(members.map { $0.stored.elements(Number.self)[0] }.sorted())
            let values = list.span
            let input = arguments[0].column(rowCount: count)
            let bits = Elementwise.test(input.elements(Number.self)) { value in
                var (low, high) = (0, values.count)
                while low < high {
                    let middle = (low + high) / 2
                    if values[middle] < value { low = middle + 1 } else { high = middle }
                }
                return low < values.count && values[low] == value
            }
            return settle(bits, input.validity, hasNull: members.count < arguments.count - 1)
        }
    }

    private static let texts: ScalarFunction.Body = { arguments, count, _ in
        if arguments[0].isNullConstant { return Column(nulls: .boolean, count: count) }
        let members = arguments.dropFirst().filter { !$0.isNullConstant }.map { bytes($0.stored) }
        let ordered = members.sorted { BytesComparison.order($0.span, $1.span) < 0 }
        let input = arguments[0].column(rowCount: count)
        let bits = find(ordered, in: input)
        return settle(bits, input.validity, hasNull: members.count < arguments.count - 1)
    }

    private static func find(_ ordered: [Buffer<UInt8>], in column: Column) -> Bitmap {
        if case .dictionary(let codes, let values) = column.storage, values.count < codes.count {
            return Kernel.boolean(find(ordered, in: values), nil).taking(codes).bits
        }
        guard case .bytes(let offsets, let bytes) = column.expandingDictionary().storage else {
            return Bitmap(repeating: false, count: column.count)
        }
        let (starts, source) = (offsets.span, bytes.span)
        var result = BitmapBuilder(capacity: column.count)
        for row in 0..<column.count {
            let value = source.extracting(Int(starts[row])..<Int(starts[row + 1]))
            var (low, high) = (0, ordered.count)
            var found = false
            while low < high, !found {
                let middle = (low + high) / 2
                let member = ordered[middle]
                let order = BytesComparison.order(member.span, value)
                if order < 0 { low = middle + 1 } else { high = middle }
                found = order == 0
            }
            result.append(found)
        }
        return result.finish()
    }

    private static func bytes(_ one: Column) -> Buffer<UInt8> {
        guard case .bytes(let offsets, let bytes) = one.expandingDictionary().storage else { return Buffer() }
        return bytes.slice(Int(offsets[0])..<Int(offsets[1]))
    }

    /// Not found in a list that holds NULL is NULL.
    private static func settle(_ bits: Bitmap, _ validity: Bitmap?, hasNull: Bool) -> Column {
        Kernel.boolean(bits, hasNull ? Bitmap.intersection(validity, bits) : validity)
    }
}
