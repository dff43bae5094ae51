// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Testing

/// Three-valued logic, branches and casts give Spark's values, and only errors that a row asks for count.
struct ExpressionEvaluatorTests {
    private let context = EvaluationContext(epochMicros: 1_000_000)

    private func batch(_ columns: (DataType, [Value])...) -> ColumnBatch {
        ColumnBatch(
            schema: Schema(columns.indices.map { Field("c\($0)", columns[$0].0) }),
            columns: columns.map { Column($0.0, $0.1) }, rowCount: columns[0].1.count)
    }

    private func column(_ index: Int, _ type: DataType) -> Expression {
        Expression(.column(index), type: type, nullable: true)
    }

    private func literal(_ type: DataType, _ value: Value) -> Expression {
        Expression(.literal(value), type: type, nullable: value == .null)
    }

    private func cast(_ operand: Expression, _ type: DataType, _ mode: CastMode = .ansi) -> Expression {
        Expression(.cast(operand, mode), type: type, nullable: true, text: "CAST(x AS \(type))")
    }

    private func run(_ expression: Expression, _ batch: ColumnBatch) -> (values: [Value], errors: RowErrors) {
        var errors = RowErrors()
        let column = ExpressionEvaluator(expression).column(batch, context: context, errors: &errors)
        return (column.values, errors)
    }

    @Test func andOrAndNotFollowThreeValuedLogic() {
        let all: [Value] = [.boolean(true), .boolean(false), .null]
        let rows = batch(
            (.boolean, all.flatMap { value in all.map { _ in value } }), (.boolean, all + all + all))
        let (left, right) = (column(0, .boolean), column(1, .boolean))
        let and = run(Expression(.and(left, right), type: .boolean, nullable: true), rows).values
        #expect(
            and == [
                .boolean(true), .boolean(false), .null, .boolean(false), .boolean(false), .boolean(false), .null,
                .boolean(false), .null,
            ])
        let or = run(Expression(.or(left, right), type: .boolean, nullable: true), rows).values
        #expect(
            or == [
                .boolean(true), .boolean(true), .boolean(true), .boolean(true), .boolean(false), .null, .boolean(true),
                .null, .null,
            ])
        let not = run(Expression(.not(right), type: .boolean, nullable: true), rows).values
        #expect(not.prefix(3) == [.boolean(false), .boolean(true), .null])
    }

    @Test("errors behind AND and OR count only where the left side leaves the answer open", arguments: [3, 1000])
    func errorsBehindConditionsAreMasked(copies: Int) {
        let rows = batch(
            (.boolean, (0..<copies).flatMap { _ in [Value.boolean(true), .boolean(false), .null] }),
            (.string, (0..<copies).flatMap { _ in [Value.string("x"), .string("q"), .string("true")] }))
        let risky = cast(column(1, .string), .boolean)
        let and = run(Expression(.and(column(0, .boolean), risky), type: .boolean, nullable: true), rows)
        #expect(and.errors.entries.map(\.row) == (0..<copies).map { Int32($0 * 3) })
        #expect(and.values[1] == .boolean(false))
        #expect(and.values[2] == .null)
        let or = run(Expression(.or(column(0, .boolean), risky), type: .boolean, nullable: true), rows)
        #expect(or.errors.entries.map(\.row) == (0..<copies).map { Int32($0 * 3 + 1) })
        #expect(or.values[2] == .boolean(true))
        #expect(or.errors.entries[0].code == .invalidCast)
        #expect(or.errors.entries[0].expression == "CAST(x AS BOOLEAN)")
    }

    @Test func branchesTakeTheirRowsAndNoOthersErrors() {
        let rows = batch(
            (.int, [.int(1), .int(2), .null, .int(3)]),
            (.string, [.string("10"), .string("x"), .string("y"), .string("z")]))
        let one = Expression(
            .coalesce([cast(column(0, .int), .boolean), literal(.boolean, .boolean(false))]), type: .boolean,
            nullable: false)
        let isOne = Expression(
            .conditional(
                [.init(condition: one, result: cast(column(1, .string), .int))], otherwise: literal(.int, .int(-1))),
            type: .int, nullable: true)
        let result = run(isOne, rows)
        #expect(result.values[0] == .int(10))
        #expect(result.values[2] == .int(-1))
        #expect(result.errors.entries.map(\.row) == [1, 3])
        let none = Expression(
            .conditional(
                [.init(condition: literal(.boolean, .null), result: cast(column(1, .string), .int))], otherwise: nil),
            type: .int, nullable: true)
        #expect(run(none, rows).values == [.null, .null, .null, .null])
        #expect(run(none, rows).errors.isEmpty)
    }

    @Test func coalesceStopsAtTheFirstValue() {
        let rows = batch(
            (.int, [.int(1), .null, .null]), (.string, [.string("x"), .string("7"), .null]))
        let expression = Expression(
            .coalesce([column(0, .int), cast(column(1, .string), .int), literal(.int, .int(9))]), type: .int,
            nullable: false)
        let result = run(expression, rows)
        #expect(result.values == [.int(1), .int(7), .int(9)])
        #expect(result.errors.isEmpty)
    }

    @Test func failingConstantsFailOnlyRowsThatAskForThem() {
        let rows = batch((.boolean, [.boolean(true), .boolean(false)]))
        let bad = cast(literal(.string, .string("x")), .int)
        let expression = Expression(
            .conditional([.init(condition: column(0, .boolean), result: bad)], otherwise: literal(.int, .int(5))),
            type: .int, nullable: true)
        let result = run(expression, rows)
        #expect(result.errors.entries.map(\.row) == [0])
        #expect(result.values[1] == .int(5))
        #expect(ExpressionEvaluator.foldConstant(bad) == nil)
        #expect(ExpressionEvaluator.foldConstant(cast(literal(.string, .string("42")), .int)) == .int(42))
        #expect(ExpressionEvaluator.foldConstant(cast(literal(.string, .string("x")), .int, .lenient)) == .null)
        #expect(ExpressionEvaluator.foldConstant(column(0, .int)) == nil)
    }

    @Test func epochTimeIsTheEpochs() {
        let rows = batch((.int, [.int(1), .int(2)]))
        let now = Expression(.epochTime, type: .timestamp, nullable: false)
        #expect(run(now, rows).values == [.timestamp(1_000_000), .timestamp(1_000_000)])
        #expect(ExpressionEvaluator.foldConstant(now) == nil)
    }

    @Test func fieldsOfNullStructsAreNull() {
        let type = DataType.structure([Field("a", .int)])
        let rows = batch((type, [.structure([.int(1)]), .null, .structure([.null])]))
        let field = Expression(.field(column(0, type), 0), type: .int, nullable: true)
        #expect(run(field, rows).values == [.int(1), .null, .null])
    }

    /// A cast of one value; without an expected value it must fail.
    struct CastCase: Sendable, CustomTestStringConvertible {
        let source: DataType
        let value: Value
        let target: DataType
        let expected: Value?
        var testDescription: String { "\(value) as \(target)" }

        init(_ source: DataType, _ value: Value, _ target: DataType, _ expected: Value?) {
            (self.source, self.value, self.target, self.expected) = (source, value, target, expected)
        }
    }

    static let money = DataType.decimal(precision: 5, scale: 2)
    static let tenths = DataType.decimal(precision: 4, scale: 1)
    static let texts = DataType.array(element: .string, containsNull: true)
    static let numbers = DataType.array(element: .int, containsNull: true)

    static let ofText: [CastCase] = [
        CastCase(.string, .string("1.5"), .int, nil),
        CastCase(.string, .string(" 12 "), .int, .int(12)),
        CastCase(.string, .string("12.345"), money, .decimal(1235, scale: 2)),
        CastCase(.string, .string("2020-01-01"), .date, .date(18262)),
        CastCase(.string, .string("2020-01-01T00:00:01Z"), .timestamp, .timestamp(1_577_836_801_000_000)),
        CastCase(texts, .array([.string("1"), .null]), numbers, .array([.int(1), .null])),
        CastCase(texts, .array([.string("1"), .string("x")]), numbers, nil),
    ]

    static let ofNumbers: [CastCase] = [
        CastCase(.double, .double(-1.9), .int, .int(-1)),
        CastCase(.double, .double(.nan), .bigint, nil),
        CastCase(.double, .double(1e19), .bigint, nil),
        CastCase(.double, .double(0.1), money, .decimal(10, scale: 2)),
        CastCase(.double, .double(2.675), money, .decimal(268, scale: 2)),
        CastCase(.double, .double(0), .boolean, .boolean(false)),
        CastCase(.int, .int(300), .tinyint, nil),
        CastCase(.int, .int(-128), .tinyint, .tinyint(-128)),
        CastCase(.int, .int(1000), money, nil),
        CastCase(.int, .int(-999), money, .decimal(-99900, scale: 2)),
        CastCase(.bigint, .bigint(2), .timestamp, .timestamp(2_000_000)),
        CastCase(money, .decimal(-199, scale: 2), .int, .int(-1)),
        CastCase(money, .decimal(12345, scale: 2), tenths, .decimal(1235, scale: 1)),
        CastCase(money, .decimal(99999, scale: 2), .decimal(precision: 3, scale: 1), nil),
        CastCase(.boolean, .boolean(true), .int, .int(1)),
    ]

    static let ofTimes: [CastCase] = [
        CastCase(.timestamp, .timestamp(-1), .bigint, .bigint(-1)),
        CastCase(.timestamp, .timestamp(-1), .date, .date(-1)),
        CastCase(.timestamp, .timestamp(1_500_000), .double, .double(1.5)),
        CastCase(.date, .date(1), .timestamp, .timestamp(86_400_000_000)),
    ]

    static let toText: [CastCase] = [
        CastCase(.double, .double(1e10), .string, .string("1.0E10")),
        CastCase(.timestamp, .timestamp(1_500_000), .string, .string("1970-01-01 00:00:01.5")),
        CastCase(money, .decimal(-5, scale: 2), .string, .string("-0.05")),
        CastCase(.boolean, .boolean(false), .string, .string("false")),
        CastCase(numbers, .array([.int(1), .null]), .string, .string("[1, null]")),
        CastCase(
            .structure([Field("a", .string), Field("b", .double)]), .structure([.string("x"), .double(1)]), .string,
            .string("{x, 1.0}")),
        CastCase(
            .map(key: .string, value: .int, valueContainsNull: true), .map([.init(.string("k"), .int(1))]), .string,
            .string("{k -> 1}")),
    ]

    @Test(arguments: [ofText, ofNumbers, ofTimes, toText].flatMap { $0 })
    func castsGiveSparksValues(_ test: CastCase) {
        let rows = batch((test.source, [test.value, .null, test.value]))
        let ansi = run(cast(column(0, test.source), test.target), rows)
        #expect(Cast.allows(test.source, test.target))
        if let expected = test.expected {
            #expect(ansi.values == [expected, .null, expected])
            #expect(ansi.errors.isEmpty)
        } else {
            #expect(ansi.errors.entries.map(\.row) == [0, 2])
            #expect(run(cast(column(0, test.source), test.target, .lenient), rows).errors.isEmpty)
        }
    }
}
