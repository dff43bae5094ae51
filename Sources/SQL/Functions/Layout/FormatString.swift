// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// `format_string`: the format is a literal, so that it is read once and fits the types of its values.
enum FormatString {
    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard let first = arguments.first else { throw .argumentCount(expected: "1 or more") }
        var types: [DataType] = [.string] + arguments.dropFirst().map(\.type)
        if first.constant == .null { return LayoutFunctions.nothing("format_string", types, .string) }
        guard case .string(let text)? = first.constant else {
            throw .argumentValue(index: 0, expected: "a format, as a literal,")
        }
        let pattern: FormatPattern
        do throws(FormatPattern.Mistake) { pattern = try FormatPattern(text) } catch {
            throw .argumentValue(index: 0, expected: error.expected)
        }
        var uses: [Int: DataType] = [:]
        for place in pattern.pieces.compactMap(\.place) {
            let index = place.argument + 1
            guard index < arguments.count else {
                throw .argumentValue(index: 0, expected: "a format for \(arguments.count - 1) values")
            }
            let type = try parameter(place.kind, arguments[index].type, index)
            guard uses[index] == nil || uses[index] == type else {
                throw .argumentValue(index: 0, expected: "a format that writes a value in one way only")
            }
            (uses[index], types[index]) = (type, type)
        }
        let widths = arguments.map { bitWidth($0.type) }
        let values = Set(1..<max(arguments.count, 2))
        return .strict("format_string", types, of: arguments, to: .string, lenient: values) { [types] call, errors in
            write(pattern, types, widths, call, &errors)
        }
    }

    /// What a value is cast to before it is written.
    private static func parameter(
        _ kind: FormatPattern.Kind, _ type: DataType, _ index: Int
    ) throws(FunctionBindingError) -> DataType {
        switch kind {
        case .integer, .hexadecimal, .octal, .character:
            guard type.isInteger || type == .void else {
                throw .argumentType(index: index, expected: "an integer for %\(kind.rawValue)")
            }
            return .bigint
        case .fixed, .scientific:
            switch type {
            case .float, .double, .void: return .double
            case .decimal: return type
            default: throw .argumentType(index: index, expected: "DOUBLE or DECIMAL for %\(kind.rawValue)")
            }
        case .text:
            guard Cast.allows(type, .string) else {
                throw .argumentType(index: index, expected: "a type that casts to STRING")
            }
            return .string
        case .truth: return type
        }
    }

    private static func bitWidth(_ type: DataType) -> UInt64 {
        switch type {
        case .tinyint: 8
        case .smallint: 16
        case .int: 32
        default: 64
        }
    }

    // MARK: Rows

    /// A value of the format over a batch.
    private struct Input {
        let type: DataType
        let bitWidth: UInt64
        let isNull: Bool
        let validity: Bitmap?
        let text: TextInput
        let integers: NumberInput<Int64>
        let doubles: NumberInput<Double>
        let decimals: NumberInput<Int128>
        let flags: FlagInput

        init(_ operand: Operand, _ type: DataType, _ bitWidth: UInt64) {
            (self.type, self.bitWidth) = (type, bitWidth)
            isNull = operand.isConstantNull
            validity = operand.isConstant ? nil : StrictEvaluation.validity(of: operand.storedColumn)
            text = TextInput(operand)
            integers = NumberInput(operand)
            doubles = NumberInput(operand)
            decimals = NumberInput(operand)
            flags = FlagInput(operand)
        }

        func isNull(at row: Int) -> Bool { isNull || !(validity?[row] ?? true) }
    }

    private static func write(
        _ pattern: FormatPattern, _ types: [DataType], _ widths: [UInt64], _ call: FunctionCall,
        _ errors: inout RowErrors
    ) -> Column {
        let inputs = call.arguments.indices.map { Input(call.arguments[$0], types[$0], widths[$0]) }
        let texts = pattern.pieces.map { Buffer(Array($0.text.utf8)) }
        return call.texts(&errors) { row, out, errors in
            for (piece, text) in zip(pattern.pieces, texts) {
                out.append(text.span)
                guard let place = piece.place else { continue }
                guard out.mayAppend(place.width + (place.precision ?? 0), row, &errors) else { return out.clearRow() }
                let input = inputs[place.argument + 1]
                let start = out.bytes.count
                if input.isNull(at: row) {
                    out.append(place.kind == .truth ? "false" : "null")
                    FormatField.finish(place, from: start, isNumber: false, &out)
                } else if !write(place, input, row, &out) {
                    errors.add(row: row, .invalidFunctionArgument, "a value of %c is no code point")
                }
                if place.isUpperCase { FormatField.raise(from: start, &out) }
            }
        }
    }

    /// Writes a value that is not NULL; `false` when it cannot be.
    private static func write(
        _ place: FormatPattern.Place, _ input: Input, _ row: Int, _ out: inout TextSink
    ) -> Bool {
        let start = out.bytes.count
        switch place.kind {
        case .integer:
            let number = input.integers[row]
            FormatField.write(UInt128(number.magnitude), exponent: 0, places: 0, isNegative: number < 0, place, &out)
        case .hexadecimal, .octal:
            let mask = UInt64.max >> (64 - input.bitWidth)
            let bits = UInt64(bitPattern: input.integers[row]) & mask
            FormatField.write(bits, shift: place.kind == .octal ? 3 : 4, &out)
            FormatField.finish(place, from: start, isNumber: true, &out)
        case .fixed, .scientific:
            if case .decimal(_, let scale) = input.type {
                let number = input.decimals[row]
                FormatField.write(number.magnitude, exponent: -scale, isNegative: number < 0, place, &out)
            } else {
                FormatField.write(input.doubles[row], place, &out)
            }
        case .text:
            FormatField.append(input.text[row], place, &out)
            FormatField.finish(place, from: start, isNumber: false, &out)
        case .truth:
            out.append(input.type != .boolean || input.flags[row] ? "true" : "false")
            FormatField.finish(place, from: start, isNumber: false, &out)
        case .character:
            guard let code = UInt32(exactly: input.integers[row]), let scalar = Unicode.Scalar(code) else {
                return false
            }
            out.append(scalar)
            FormatField.finish(place, from: start, isNumber: false, &out)
        }
        return true
    }
}
