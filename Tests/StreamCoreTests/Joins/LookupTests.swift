// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Testing

/// Rows of a stream come out beside the rows of a table that stands still for an epoch.
struct LookupTests {
    private static let stream = Schema([Field("id", .int), Field("site", .string)])
    private static let sites = Schema([Field("site", .string), Field("floor", .int)])
    private static let reference = LookupPlan.TableReference(format: .csv, path: "sites.csv")

    private static func column(_ index: Int, _ type: DataType) -> StreamCore.Expression {
        Expression(.column(index), type: type, nullable: true)
    }

    private static func plan(_ kind: JoinPlan.Kind, condition: StreamCore.Expression? = nil) -> LookupPlan {
        LookupPlan(
            table: reference, tableSchema: sites, kind: kind,
            keys: [(stream: column(1, .string), table: column(0, .string))], condition: condition)
    }

    private static func table(_ rows: [(String?, Int32)], version: String = "1") -> LookupTable {
        LookupTable(
            reference, version: version,
            rows: ColumnBatch(
                schema: sites,
                columns: [
                    Column(.string, rows.map { $0.0.map { .string($0) } ?? .null }),
                    Column(.int, rows.map { .int($0.1) }),
                ], rowCount: rows.count))
    }

    private static let rows = ColumnBatch(
        schema: stream,
        columns: [
            Column(.int, (0..<5).map { .int($0) }),
            Column(.string, [.string("a"), .string("x"), .null, .string("b"), .string("a")]),
        ], rowCount: 5)

    private static func graph(_ lookup: LookupPlan) -> TransformGraph {
        TransformGraph(
            origins: ["in": TransformGraph.Origin(schema: stream)],
            transforms: [
                TransformDeclaration(name: "out", plan: .lookup(.scan(relation: "in", schema: stream), lookup))
            ], wanted: ["out": nil])
    }

    private static func run(_ lookup: LookupPlan, _ table: LookupTable) throws -> ProcessedBatch {
        try graph(lookup).process(
            source: "in", rows: rows, context: EvaluationContext(epochMicros: 0, tables: LookupTableSet([table])))
    }

    private static let two = table([("a", 1), ("b", 2), (nil, 3), ("a", 4)])

    @Test func innerGivesEachPairInTheOrderOfStreamAndTable() throws {
        let result = try Self.run(Self.plan(.inner), Self.two)
        #expect(
            result.outputs["out"]?.rows == [
                [.int(0), .string("a"), .string("a"), .int(1)], [.int(0), .string("a"), .string("a"), .int(4)],
                [.int(3), .string("b"), .string("b"), .int(2)], [.int(4), .string("a"), .string("a"), .int(1)],
                [.int(4), .string("a"), .string("a"), .int(4)],
            ])
    }

    @Test func leftKeepsRowsWithoutPartnerInTheirPlaces() throws {
        let result = try Self.run(Self.plan(.left), Self.table([("b", 2), (nil, 3)]))
        #expect(
            result.outputs["out"]?.rows == [
                [.int(0), .string("a"), .null, .null], [.int(1), .string("x"), .null, .null],
                [.int(2), .null, .null, .null], [.int(3), .string("b"), .string("b"), .int(2)],
                [.int(4), .string("a"), .null, .null],
            ])
    }

    @Test func semiAndAntiGiveTheStreamsColumnsOnce() throws {
        #expect(
            try Self.run(Self.plan(.leftSemi), Self.two).outputs["out"]?.rows.map { $0[0] } == [
                .int(0), .int(3), .int(4),
            ])
        #expect(try Self.run(Self.plan(.leftAnti), Self.two).outputs["out"]?.rows.map { $0[0] } == [.int(1), .int(2)])
    }

    @Test func aConditionMustBeTrueAndItsErrorsCostTheRow() throws {
        let function = ScalarFunction(name: "above") { arguments, rowCount, errors in
            let floors = arguments[0].column(rowCount: rowCount)
            return Column(
                .boolean,
                (0..<rowCount).map { row in
                    guard case .int(let floor) = floors.value(at: row) else { return .null }
                    if floor == 2 { errors.add(row: row, .divideByZero, "division by zero") }
                    return .boolean(floor > 1)
                })
        }
        let condition = Expression(
            .call(function, [Self.column(3, .int)]), type: .boolean, nullable: true, text: "1 / (floor - 2) > 0")
        let result = try Self.run(Self.plan(.left, condition: condition), Self.two)
        #expect(
            result.outputs["out"]?.rows == [
                [.int(0), .string("a"), .string("a"), .int(4)], [.int(1), .string("x"), .null, .null],
                [.int(2), .null, .null, .null], [.int(4), .string("a"), .string("a"), .int(4)],
            ])
        #expect(
            result.rejected == [
                RejectedRow(
                    row: 3, stage: "out", code: .divideByZero, message: "division by zero in 1 / (floor - 2) > 0")
            ])
    }

    @Test func anEmptyTableAndManyPairsWork() throws {
        #expect(try Self.run(Self.plan(.inner), Self.table([])).outputs["out"] == nil)
        #expect(try Self.run(Self.plan(.left), Self.table([])).outputs["out"]?.rowCount == 5)
        let many = Self.table((0..<50_000).map { ("a", Int32($0)) })
        let result = try Self.run(Self.plan(.inner), many).outputs["out"]
        #expect(result?.rowCount == 100_000)
        #expect(result?.row(50_000) == [.int(4), .string("a"), .string("a"), .int(0)])
    }

    @Test func anotherVersionIsHashedAnew() throws {
        let graph = Self.graph(Self.plan(.leftSemi))
        func ids(_ table: LookupTable) throws -> [Value]? {
            try graph.process(
                source: "in", rows: Self.rows,
                context: EvaluationContext(epochMicros: 0, tables: LookupTableSet([table]))
            ).outputs["out"]?.rows.map { $0[0] }
        }
        #expect(try ids(Self.table([("a", 1)])) == [.int(0), .int(4)])
        #expect(try ids(Self.table([("x", 1)], version: "2")) == [.int(1)])
    }

    @Test func onlyTheColumnsThatAreReadAreGathered() throws {
        let lookup = RelationPlan.lookup(.scan(relation: "in", schema: Self.stream), Self.plan(.inner))
        let graph = TransformGraph(
            origins: ["in": TransformGraph.Origin(schema: Self.stream)],
            transforms: [
                TransformDeclaration(
                    name: "out", plan: .project(lookup, [NamedExpression("floor", Self.column(3, .int))]))
            ], wanted: ["out": nil])
        let result = try graph.process(
            source: "in", rows: Self.rows,
            context: EvaluationContext(epochMicros: 0, tables: LookupTableSet([Self.two])))
        #expect(result.outputs["out"]?.rows == [[.int(1)], [.int(4)], [.int(2)], [.int(1)], [.int(4)]])
    }
}
