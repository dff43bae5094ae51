// SPDX-License-Identifier: Apache-2.0
public import Columnar
import Failures
import SQL
import StreamCore

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral
{
    /// A STRING.
    public init(stringLiteral text: String) { self = .string(text) }
    /// An INT.
    public init(integerLiteral number: Int32) { self = .int(number) }
    /// A BOOLEAN.
    public init(booleanLiteral bit: Bool) { self = .boolean(bit) }
    /// NULL.
    public init(nilLiteral: ()) { self = .null }
    /// A DOUBLE.
    public init(floatLiteral number: Double) { self = .double(number) }
    /// An ARRAY.
    public init(arrayLiteral elements: Value...) { self = .array(elements) }

    /// The type that a test's value has when the test names none.
    var impliedType: DataType {
        switch self {
        case .null: .void
        case .boolean: .boolean
        case .tinyint: .tinyint
        case .smallint: .smallint
        case .int: .int
        case .bigint: .bigint
        case .float: .float
        case .double: .double
        case .decimal(_, let scale): .decimal(precision: 38, scale: scale)
        case .string: .string
        case .binary: .binary
        case .date: .date
        case .timestamp: .timestamp
        case .timestampNTZ: .timestampNTZ
        case .dayTimeInterval: .dayTimeInterval
        case .yearMonthInterval: .yearMonthInterval
        case .structure(let values):
            .structure(values.enumerated().map { Field("f\($0.offset)", $0.element.impliedType) })
        case .array(let values):
            .array(
                element: values.map(\.impliedType).first { $0 != .void } ?? .void, containsNull: values.contains(.null))
        case .map(let entries):
            .map(
                key: entries.first?.key.impliedType ?? .void,
                value: entries.map(\.value.impliedType).first { $0 != .void } ?? .void, valueContainsNull: true)
        }
    }
}

/// What a function gave: a value per row, and the code for each row that failed.
struct Outcome: Equatable {
    var values: [Value]
    var failures: [Int: PipelineError.Code]
}

/// How an argument is laid out in memory.
enum Layout: CaseIterable {
    case plain, dictionary, sliced
}

extension FunctionArgument {
    /// An argument of a test, which is a literal when it has a constant.
    init(_ type: DataType, constant: Value?) {
        self.init(type: type, nullable: constant.map { $0 == .null } ?? true, constant: constant)
    }
}

/// Calls functions as the resolver and the evaluator do, without either.
enum Harness {
    /// Binds a function by name.
    static func bind(_ name: String, _ arguments: [FunctionArgument]) throws -> BoundFunction {
        guard let definition = FunctionRegistry.standard[name] else { throw PipelineError(.unknownName, name) }
        return try definition.bind(arguments)
    }

    /// Evaluates a call over rows; arguments at `constants` have one value, that of the first row.
    static func evaluate(
        _ name: String, types: [DataType], rows: [[Value]], constants: Set<Int> = [], layout: Layout = .plain,
        parts: Int = 1
    ) throws -> Outcome {
        let arguments = types.indices.map { index in
            FunctionArgument(types[index], constant: constants.contains(index) ? rows[0][index] : nil)
        }
        let bound = try bind(name, arguments)
        guard case .scalar(let function) = bound.implementation else { throw PipelineError(.unsupported, "rewrite") }
        var outcome = Outcome(values: [], failures: [:])
        let size = max(1, (rows.count + parts - 1) / parts)
        for start in stride(from: 0, to: rows.count, by: size) {
            let part = Array(rows[start..<min(rows.count, start + size)])
            let operands = types.indices.map { index -> Operand in
                let parameter = bound.parameterTypes[index]
                let isCast = "\(types[index])".contains("VOID") || types[index].isInteger && parameter.isInteger
                let type = isCast ? parameter : types[index]
                let values = (constants.contains(index) ? [rows[0]] : part).map { widened($0[index], to: type) }
                if constants.contains(index) { return .constant(Column(type, values)) }
                return .column(column(type, values, layout))
            }
            var errors = RowErrors()
            let result = function.body(operands, part.count, &errors)
            precondition(result.count == part.count && result.type == bound.resultType, "\(name): \(result.type)")
            outcome.values += result.values
            for entry in errors.entries where outcome.failures[start + Int(entry.row)] == nil {
                outcome.failures[start + Int(entry.row)] = entry.code
            }
        }
        for row in outcome.failures.keys { outcome.values[row] = .null }
        return outcome
    }

    /// The value as the resolver's cast would make it.
    private static func widened(_ value: Value, to type: DataType) -> Value {
        if case .int(let number) = value, type == .bigint { .bigint(Int64(number)) } else { value }
    }

    private static func column(_ type: DataType, _ values: [Value], _ layout: Layout) -> Column {
        switch layout {
        case .plain: return Column(type, values)
        case .sliced:
            return Column(type, [values[0]] + values + [values[0]]).slice(1..<(values.count + 1))
        case .dictionary:
            guard type == .string || type == .binary else { return Column(type, values) }
            var distinct: [Value] = []
            let codes = values.map { value -> Int32 in
                if value == .null { return 0 }
                if let found = distinct.firstIndex(of: value) { return Int32(found) }
                distinct.append(value)
                return Int32(distinct.count - 1)
            }
            return Column(
                type, count: values.count, validity: Column(type, values).validity,
                storage: .dictionary(codes: Buffer(codes), values: Column(type, distinct)))
        }
    }
}

/// One call over literals; throws what the row failed with.
func call(_ name: String, _ arguments: Value...) throws -> Value {
    let outcome = try Harness.evaluate(
        name, types: arguments.map(\.impliedType), rows: [arguments], constants: Set(arguments.indices))
    if let code = outcome.failures[0] { throw PipelineError(code, name) }
    return outcome.values[0]
}

/// The code that a call over literals fails with; `nil` when it does not.
func failure(_ name: String, _ arguments: Value...) throws -> PipelineError.Code? {
    try Harness.evaluate(
        name, types: arguments.map(\.impliedType), rows: [arguments], constants: Set(arguments.indices)
    ).failures[0]
}

/// Why a call cannot be bound; `nil` when it can.
func refusal(_ name: String, _ arguments: FunctionArgument...) -> FunctionBindingError? {
    do {
        _ = try Harness.bind(name, arguments)
        return nil
    } catch { return error as? FunctionBindingError }
}
