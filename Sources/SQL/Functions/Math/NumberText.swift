// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Numbers written in other bases.
enum NumberText {
    static let bin: ScalarFunction.Body = { arguments, count, _ in
        let input = arguments[0].column(rowCount: count)
        let values = input.elements(Int64.self)
        return texts(.string, count, input.validity) { row, output in
            write(UInt64(bitPattern: values[row]), base: 2, to: &output)
            return true
        }
    }

    static func bindHex(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
        switch arguments[0].type {
        case .string, .binary, .void:
            let type: DataType = arguments[0].type == .binary ? .binary : .string
            return BoundFunction("hex", [type], to: .string, nullable: arguments[0].nullable, body: hexOfBytes)
        default:
            guard arguments[0].type.isNumeric else {
                throw .argumentType(index: 0, expected: "BIGINT, STRING or BINARY")
            }
            return BoundFunction("hex", [.bigint], to: .string, nullable: arguments[0].nullable) {
                arguments, count, _ in
                let input = arguments[0].column(rowCount: count)
                let values = input.elements(Int64.self)
                return texts(.string, count, input.validity) { row, output in
                    write(UInt64(bitPattern: values[row]), base: 16, to: &output)
                    return true
                }
            }
        }
    }

    private static let hexOfBytes: ScalarFunction.Body = { arguments, count, _ in
        let input = arguments[0].column(rowCount: count).expandingDictionary()
        guard case .bytes(let offsets, let bytes) = input.storage else { return Column(nulls: .string, count: count) }
        let source = bytes.span
        return texts(.string, count, input.validity) { row, output in
            for index in Int(offsets[row])..<Int(offsets[row + 1]) {
                output.append(digit(UInt64(source[index] >> 4)))
                output.append(digit(UInt64(source[index] & 15)))
            }
            return true
        }
    }

    /// An odd number of digits has a zero before it.
    static let unhex: ScalarFunction.Body = { arguments, count, _ in
        let input = arguments[0].column(rowCount: count).expandingDictionary()
        guard case .bytes(let offsets, let bytes) = input.storage else { return Column(nulls: .binary, count: count) }
        let source = bytes.span
        return texts(.binary, count, input.validity) { row, output in
            let (start, end) = (Int(offsets[row]), Int(offsets[row + 1]))
            var high: UInt8? = (end - start) % 2 == 1 ? 0 : nil
            for index in start..<end {
                guard let value = value(of: source[index]), value < 16 else { return false }
                if let first = high {
                    output.append(first << 4 | UInt8(value))
                    high = nil
                } else {
                    high = UInt8(value)
                }
            }
            return true
        }
    }

    /// Reads digits as far as they go; a negative target base writes a sign.
    static let conv: ScalarFunction.Body = { arguments, count, errors in
        if arguments.contains(where: \.isNullConstant) { return Column(nulls: .string, count: count) }
        let input = arguments[0].column(rowCount: count).expandingDictionary()
        let (from, to) = (arguments[1].column(rowCount: count), arguments[2].column(rowCount: count))
        guard case .bytes(let offsets, let bytes) = input.storage else { return Column(nulls: .string, count: count) }
        let (bases, targets) = (from.elements(Int32.self), to.elements(Int32.self))
        let source = bytes.span
        let validity = Bitmap.intersection(input.validity, Bitmap.intersection(from.validity, to.validity))
        var failed: [Int] = []
        let result = texts(.string, count, validity) { row, output in
            guard validity?[row] ?? true else { return false }
            let base = UInt64(bases[row].magnitude)
            let target = UInt64(targets[row].magnitude)
            guard bases[row] > 1, base <= 36, target > 1, target <= 36 else { return false }
            let text = ASCII.trimmed(source.extracting(Int(offsets[row])..<Int(offsets[row + 1])))
            guard text.count > 0 else { return false }
            let isNegative = text[0] == UInt8(ascii: "-")
            var number: UInt64 = 0
            for index in (isNegative ? 1 : 0)..<text.count {
                guard let digit = value(of: text[index]), digit < base else { break }
                let (product, overflow) = number.multipliedReportingOverflow(by: base)
                let (sum, overflowOfSum) = product.addingReportingOverflow(digit)
                if overflow || overflowOfSum {
                    failed.append(row)
                    return true
                }
                number = sum
            }
            if isNegative {
                number = targets[row] > 0 ? 0 &- number : number
            }
            var shown = number
            if targets[row] < 0, isNegative || Int64(bitPattern: number) < 0 {
                output.append(UInt8(ascii: "-"))
                if !isNegative { shown = 0 &- number }
            }
            write(shown, base: target, to: &output)
            return true
        }
        for row in failed { errors.add(row: row, .numericOverflow, "the number does not fit 64 bits") }
        return result
    }

    static func texts(
        _ type: DataType, _ count: Int, _ validity: Bitmap?, _ write: (Int, inout BufferBuilder<UInt8>) -> Bool
    ) -> Column {
        var bytes = BufferBuilder<UInt8>(capacity: count * 8)
        var offsets = BufferBuilder<Int32>(capacity: count + 1)
        var present = BitmapBuilder(capacity: count)
        offsets.append(0)
        for row in 0..<count {
            let known = (validity?[row] ?? true) && write(row, &bytes)
            present.append(known)
            offsets.append(Int32(bytes.count))
        }
        return Column(
            type, count: count, validity: present.finishValidity(),
            storage: .bytes(offsets: offsets.finish(), bytes: bytes.finish()))
    }

    private static func write(_ number: UInt64, base: UInt64, to output: inout BufferBuilder<UInt8>) {
        var power: UInt64 = 1
        while number / power >= base { power *= base }
        while power > 0 {
            output.append(digit(number / power % base))
            power /= base
        }
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 10 ? 0x30 + value : 0x41 + value - 10)
    }

    private static func value(of byte: UInt8) -> UInt64? {
        switch ASCII.lowercased(byte) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - 0x30)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(ASCII.lowercased(byte) - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
