// SPDX-License-Identifier: Apache-2.0
public import Columnar
internal import Failures

/// Conversion of whole columns between types, with Spark 4's ANSI rules.
///
/// A row that cannot be converted is NULL in the result; with mode `ansi` it is also an error.
/// Times without a zone are UTC.
public enum Cast {
    /// Converts a column. That the pair of types is allowed is the resolver's duty, see `allows(_:_:)`.
    ///
    /// - Errors: `invalidCast` for text that is not written as the type asks; `numericOverflow` for numbers that do not fit.
    public static func apply(
        _ column: Column, to target: DataType, mode: CastMode, errors: inout RowErrors
    ) -> Column {
        if column.type == target { return column }
        if case .void = column.type { return Column(nulls: target, count: column.count) }
        if isNested(column.type), target != .string {
            return nested(column, to: target, mode: mode, errors: &errors)
        }
        let converted = convert(column, to: target)
        return converted.finish(source: column, type: target, mode: mode, errors: &errors)
    }

    /// Converts an operand; a constant stays one, and its error is an error of every row.
    static func apply(
        _ operand: Operand, to target: DataType, mode: CastMode, rowCount: Int, errors: inout RowErrors
    ) -> Operand {
        switch operand {
        case .column(let column): return .column(apply(column, to: target, mode: mode, errors: &errors))
        case .constant(let one):
            var found = RowErrors()
            let result = apply(one, to: target, mode: mode, errors: &found)
            errors.repeatForEveryRow(found, rowCount: rowCount)
            return .constant(result)
        }
    }

    static func isNested(_ type: DataType) -> Bool {
        switch type {
        case .structure, .array, .map: true
        default: false
        }
    }

    /// Values and failures of a conversion between types that are not both nested; null rows may be noted as failed.
    private static func convert(_ column: Column, to target: DataType) -> Converted {
        switch column.type {
        case .boolean: fromBoolean(column.bits, to: target)
        case .tinyint: fromInteger(column.elements(Int8.self), to: target)
        case .smallint: fromInteger(column.elements(Int16.self), to: target)
        case .int: fromInteger(column.elements(Int32.self), to: target)
        case .bigint: fromInteger(column.elements(Int64.self), to: target)
        case .float: fromFloatingPoint(column.elements(Float.self), to: target)
        case .double: fromFloatingPoint(column.elements(Double.self), to: target)
        case .decimal(_, let scale): fromDecimal(column.elements(Int128.self), scale: scale, to: target)
        case .string: fromString(column, to: target)
        case .binary: target == .string ? Converted(column.retyped(.string)) : .unsupported(column, target)
        case .date: fromDate(column.elements(Int32.self), to: target)
        case .timestamp, .timestampNTZ: fromTimestamp(column.elements(Int64.self), to: target)
        case .dayTimeInterval, .yearMonthInterval: fromInterval(column, to: target)
        case .structure, .array, .map: target == .string ? nestedText(column) : .unsupported(column, target)
        case .void: .unsupported(column, target)
        }
    }
}

extension Cast {
    /// The result of a conversion before nulls and errors are settled.
    struct Converted {
        /// The values; its validity, where there is one, belongs to the conversion itself.
        var column: Column
        /// Rows that could not be converted; `nil` when none.
        var failed: Bitmap?

        init(_ column: Column, failed: Bitmap? = nil) {
            self.column = column
            self.failed = failed
        }

        init<Element: ColumnElement>(_ type: DataType, _ values: Buffer<Element>, failed: Bitmap? = nil) {
            self.init(Column(type, values), failed: failed)
        }

        /// For pairs that `allows` refuses: every row fails.
        static func unsupported(_ column: Column, _ target: DataType) -> Converted {
            Converted(
                Column(nulls: target, count: column.count), failed: Bitmap(repeating: true, count: column.count))
        }

        func finish(source: Column, type: DataType, mode: CastMode, errors: inout RowErrors) -> Column {
            var validity = source.validity
            if let failed {
                let real = validity.map { failed.and($0) } ?? failed
                if mode == .ansi {
                    for row in real.setIndices.array {
                        let (code, message) = Cast.failure(of: source.value(at: Int(row)), to: type)
                        errors.add(row: Int(row), code, message)
                    }
                }
                validity = Bitmap.intersection(validity, failed.inverted)
            }
            return column.retyped(type).withValidity(validity)
        }
    }

    /// Why a value could not be converted, in words.
    static func failure(of value: Value, to type: DataType) -> (PipelineError.Code, String) {
        switch value {
        case .string(let text):
            let shown = text.utf8.count > 80 ? text.prefix(80) + "…" : text[...]
            if case .decimal = type, case .overflow = DecimalText.parse(text.utf8.span, precision: 1, scale: 0),
                Double(text.trimmingPrefix { $0 == " " }) != nil
            {
                return (.numericOverflow, "'\(shown)' does not fit \(type)")
            }
            return (.invalidCast, "'\(shown)' is not written as \(type)")
        case .float(let number): return (.numericOverflow, "\(number) does not fit \(type)")
        case .double(let number): return (.numericOverflow, "\(number) does not fit \(type)")
        case .tinyint(let number): return (.numericOverflow, "\(number) does not fit \(type)")
        case .smallint(let number): return (.numericOverflow, "\(number) does not fit \(type)")
        case .int(let number): return (.numericOverflow, "\(number) does not fit \(type)")
        case .bigint(let number): return (.numericOverflow, "\(number) does not fit \(type)")
        case .decimal(let number, let scale):
            var text = BufferBuilder<UInt8>()
            DecimalText.write(number, scale: scale, to: &text)
            return (.numericOverflow, "\(text.finish().text) does not fit \(type)")
        default: return (.numericOverflow, "the value does not fit \(type)")
        }
    }
}
