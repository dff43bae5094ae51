// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// A kernel whose result is NULL wherever an argument is.
typealias StrictKernel = @Sendable (_ call: FunctionCall, _ errors: inout RowErrors) -> Column

/// Runs strict kernels over as few values as possible: none for a constant NULL, one for constants only, one per
/// dictionary value for a dictionary and constants.
enum StrictEvaluation {
    /// The body of a strict function.
    ///
    /// - Parameter lenient: positions of arguments that may be NULL without making the result NULL.
    static func body(
        _ result: DataType, lenient: Set<Int> = [], _ kernel: @escaping StrictKernel
    ) -> ScalarFunction.Body {
        { arguments, rowCount, errors in
            let hasNull = arguments.indices.contains { !lenient.contains($0) && arguments[$0].isConstantNull }
            if hasNull { return nulls(result, rowCount) }
            if rowCount > 1, arguments.allSatisfy(\.isConstant) {
                return spread(arguments, Buffer(repeating: 0, count: rowCount), nil, 1, kernel, &errors)
            }
            if lenient.isEmpty, let (codes, values, validity, position) = onlyDictionary(arguments, rowCount) {
                if values.count == 0 { return nulls(result, rowCount) }
                var arguments = arguments
                arguments[position] = .column(values.retyped(arguments[position].type))
                return spread(arguments, codes, validity, values.count, kernel, &errors)
            }
            var valid: Bitmap?
            for (position, argument) in arguments.enumerated() where !lenient.contains(position) {
                if case .column(let column) = argument { valid = Bitmap.intersection(valid, validity(of: column)) }
            }
            return kernel(FunctionCall(arguments: arguments, rowCount: rowCount, valid: valid), &errors)
        }
    }

    /// A column of NULLs.
    static func nulls(_ type: DataType, _ rowCount: Int) -> Column {
        Column(type, repeating: .null, count: rowCount)
    }

    /// Which rows are not NULL, also for a column without memory.
    static func validity(of column: Column) -> Bitmap? {
        if case .none = column.storage { return Bitmap(repeating: false, count: column.count) }
        return column.validity
    }

    private static func onlyDictionary(
        _ arguments: [Operand], _ rowCount: Int
    ) -> (codes: Buffer<Int32>, values: Column, validity: Bitmap?, position: Int)? {
        var found: (Buffer<Int32>, Column, Bitmap?, Int)?
        for (position, argument) in arguments.enumerated() {
            guard case .column(let column) = argument else { continue }
            guard found == nil, case .dictionary(let codes, let values) = column.storage, values.count <= rowCount
            else {
                return nil
            }
            found = (codes, values, column.validity, position)
        }
        return found
    }

    /// Computes `valueCount` results and gives each row the one its code names.
    private static func spread(
        _ arguments: [Operand], _ codes: Buffer<Int32>, _ validity: Bitmap?, _ valueCount: Int,
        _ kernel: StrictKernel, _ errors: inout RowErrors
    ) -> Column {
        var valueErrors = RowErrors()
        let call = FunctionCall(arguments: arguments, rowCount: valueCount, valid: nil)
        let results = kernel(call, &valueErrors).expandingDictionary()
        if !valueErrors.isEmpty { report(valueErrors, codes, validity, valueCount, &errors) }
        if case .bytes = results.storage {
            let known = results.validity.map { resultValidity in
                Column(.boolean, count: valueCount, validity: nil, storage: .bits(resultValidity)).taking(codes)
            }
            var joined = validity
            if case .bits(let bits)? = known?.storage { joined = Bitmap.intersection(validity, bits) }
            return Column(
                results.type, count: codes.count, validity: joined,
                storage: .dictionary(codes: codes, values: results.withValidity(nil)))
        }
        let rows = results.taking(codes)
        return rows.withValidity(Bitmap.intersection(rows.validity, validity))
    }

    private static func report(
        _ failures: RowErrors, _ codes: Buffer<Int32>, _ validity: Bitmap?, _ valueCount: Int, _ errors: inout RowErrors
    ) {
        var first = [Int](repeating: -1, count: valueCount)
        for (index, entry) in failures.entries.enumerated().reversed() { first[Int(entry.row)] = index }
        for row in 0..<codes.count where validity?[row] ?? true {
            let index = first[Int(codes[row])]
            if index >= 0 { errors.add(row: row, failures.entries[index].code, failures.entries[index].message) }
        }
    }
}
