// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Testing

struct StateSuccessionTests {
    private typealias Part = StateSuccession.Part

    private func identity(_ kind: String, _ parts: (String, String)...) -> OperatorIdentity {
        OperatorIdentity(name: "t", kind: kind, meaning: parts.map { .init($0.0, $0.1) })
    }

    private let counted = OperatorIdentity(
        name: "t", kind: "aggregate",
        meaning: [
            .init("key k", "k: STRING"), .init("window", "fixed"), .init("aggregate count(1)", "count(): BIGINT"),
            .init("aggregate sum(v)", "sum(v: INT): BIGINT"),
        ])

    private func counted(_ aggregates: (String, String)...) -> OperatorIdentity {
        var identity = counted
        identity.meaning[2...] = []
        identity.meaning += aggregates.map { .init("aggregate \($0.0)", $0.1) }
        return identity
    }

    @Test func whatAKeyIsCalledDoesNotMatter() {
        var renamed = counted
        renamed.meaning[0].name = "key device"
        #expect(StateSuccession(from: counted, to: renamed).change == .keep)
        #expect(
            StateSuccession(from: counted, to: counted).origins[Part("aggregate sum(v)")] == Part("aggregate sum(v)"))
    }

    @Test func aggregatesAreKnownByTheirDefinition() {
        let change = StateSuccession(
            from: counted,
            to: counted(
                ("sum(v)", "sum(v: INT): BIGINT"), ("avg(v)", "average(v: INT): DOUBLE"), ("n", "count(): BIGINT")))
        #expect(
            change.origins.filter { $0.key.name.hasPrefix("aggregate") } == [
                Part("aggregate sum(v)"): Part("aggregate sum(v)"), Part("aggregate n"): Part("aggregate count(1)"),
            ])
        #expect(
            change.change
                == .migrate([
                    "aggregate n goes on with what aggregate count(1) has counted",
                    "aggregate avg(v) is new: groups that are open now count only rows from here on",
                    "its aggregates stand in another order",
                ]))
    }

    @Test func aRemovedAggregateIsNoLoss() {
        let change = StateSuccession(from: counted, to: counted(("count(1)", "count(): BIGINT")))
        #expect(change.change == .migrate(["aggregate sum(v) is gone: what it has counted is dropped"]))
    }

    @Test func aNameWithAnotherDefinitionIsALossOfThatPart() {
        let change = StateSuccession(
            from: counted, to: counted(("count(1)", "count(): BIGINT"), ("sum(v)", "sum(v: DOUBLE): DOUBLE")))
        #expect(
            change.change
                == .losePart([
                    "aggregate sum(v) was 'sum(v: INT): BIGINT', now it is 'sum(v: DOUBLE): DOUBLE': what it has counted is lost, "
                        + "and groups that are open now count only rows from here on"
                ]))
        #expect(change.origins[Part("aggregate sum(v)")] == nil)
        #expect(change.origins[Part("aggregate count(1)")] == Part("aggregate count(1)"))
    }

    @Test func anotherFilterIsAnotherAggregate() {
        let (old, new) = (
            ("count(1) FILTER (WHERE a)", "count() where a: BOOLEAN: BIGINT"),
            ("count(1) FILTER (WHERE b)", "count() where b: BOOLEAN: BIGINT")
        )
        #expect(
            StateSuccession(from: counted(old), to: counted(new)).change
                == .migrate([
                    "aggregate count(1) FILTER (WHERE b) is new: groups that are open now count only rows from here on",
                    "aggregate count(1) FILTER (WHERE a) is gone: what it has counted is dropped",
                ]))
    }

    @Test func namesThatChangePlacesFollowTheirDefinitions() {
        let change = StateSuccession(
            from: counted, to: counted(("count(1)", "sum(v: INT): BIGINT"), ("sum(v)", "count(): BIGINT")))
        #expect(change.origins[Part("aggregate count(1)")] == Part("aggregate sum(v)"))
        #expect(change.origins[Part("aggregate sum(v)")] == Part("aggregate count(1)"))
        #expect(!change.change.isLoss)
    }

    @Test func aggregatesOfOneNameCannotBeToldApart() {
        let old = counted(("sum(v)", "sum(v: INT): BIGINT"), ("sum(v)", "sum(v: INT): BIGINT"))
        let new = counted(("sum(v)", "sum(v: INT): BIGINT"), ("sum(v)#2", "sum(v#2: INT): BIGINT"))
        #expect(
            StateSuccession(from: old, to: new).change
                == .lose(["several of its aggregates have one name, and cannot be told apart"]))
        #expect(StateSuccession(from: old, to: old).change == .keep)
    }

    // MARK: Joins and deduplication

    private func join(_ parts: (String, String)...) -> OperatorIdentity {
        OperatorIdentity(
            name: "t", kind: "join",
            meaning: [.init("kind", "left"), .init("key 0", "k = k"), .init("time", "0 ≤ ts - ts ≤ 5")]
                + parts.map { .init($0.0, $0.1) })
    }

    @Test func columnsOfAJoinAreKnownByNameAndType() {
        let old = join(
            ("left column k", "STRING NOT NULL"), ("left column v", "INT NULL"), ("right column k", "STRING"))
        let new = join(
            ("left column n", "DATE NULL"), ("left column k", "STRING NULL"), ("right column k", "STRING NOT NULL"))
        let change = StateSuccession(from: old, to: new)
        #expect(
            change.change
                == .migrate([
                    "left column n is new: it is NULL in rows that are kept",
                    "left column v is gone: rows that are kept lose it",
                ]))
        #expect(
            change.origins == [
                Part("left column k"): Part("left column k"), Part("right column k"): Part("right column k"),
            ])
    }

    @Test(arguments: [
        (
            ("left column v", "INT NULL"), ("left column v", "BIGINT NULL"),
            "left column v was 'INT', now it is 'BIGINT'"
        ),
        (
            ("left column v", "INT NULL"), ("left column v", "INT NOT NULL"),
            "left column v is NOT NULL now, and may be NULL in rows that are kept"
        ),
        (
            ("left column v", "INT NULL"), ("left column n", "INT NOT NULL"),
            "left column n is new and NOT NULL, and rows that are kept have no value of it"
        ),
        (("time", "a"), ("time", "b"), "time#2 was 'a', now it is 'b'"),
    ])
    func whatKeptRowsCannotBeLosesThem(old: (String, String), new: (String, String), reason: String) {
        #expect(StateSuccession(from: join(old), to: join(new)).change == .lose([reason]))
    }

    @Test func columnsOfEqualNameAreCounted() {
        let old = join(("left column k", "INT"), ("left column k", "INT"), ("left column v", "INT"))
        let new = join(("left column v", "INT NULL"), ("left column k", "INT NULL"), ("left column k", "INT NULL"))
        let change = StateSuccession(from: old, to: new)
        #expect(change.change == .migrate(["the columns of the left side stand in another order"]))
        #expect(change.origins[Part("left column k", 1)] == Part("left column k", 1))
    }

    @Test func aConditionIsForPairsToCome() {
        let (old, new) = (join(("condition", ">(v, w)")), join(("condition", ">(v, 5)")))
        #expect(
            StateSuccession(from: old, to: new).change
                == .migrate([
                    "condition was '>(v, w)', now it is '>(v, 5)': it is asked of pairs that are found from here on"
                ]))
        #expect(
            StateSuccession(from: join(("condition", ">(v, v)")), to: join(("condition", ">(v, v#2)"))).change == .keep)
    }

    @Test func deduplicationMayWaitLongerButNotForAnotherTime() {
        let old = identity("deduplicate", ("key k", "k"), ("within", "600 µs of ts"))
        #expect(
            StateSuccession(from: old, to: identity("deduplicate", ("key k", "k"), ("within", "300 µs of ts"))).change
                == .migrate([
                    "within was '600 µs of ts', now it is '300 µs of ts': keys that are known now stay so for as long as was said before"
                ]))
        for other in ["600 µs of other", nil] {
            let parts = other.map { [("within", $0)] } ?? []
            let new = OperatorIdentity(
                name: "t", kind: "deduplicate", meaning: [.init("key k", "k")] + parts.map { .init($0.0, $0.1) })
            #expect(
                StateSuccession(from: old, to: new).change
                    == .lose(["within was '600 µs of ts', now it is '\(other ?? "none")'"]))
        }
    }

    // MARK: Several changes

    @Test func whatWasGoneInBetweenBeginsAnew() throws {
        let (both, one) = (counted, counted(("count(1)", "count(): BIGINT")))
        let direct = try StateSuccession.origins(through: [both, both])
        #expect(direct[Part("aggregate sum(v)")] == Part("aggregate sum(v)"))
        let detour = try StateSuccession.origins(through: [both, one, both])
        #expect(detour[Part("aggregate sum(v)")] == nil)
        #expect(detour[Part("aggregate count(1)")] == Part("aggregate count(1)"))
        #expect(try StateSuccession.origins(through: []) == [:])
    }

    @Test func meaningsWithNothingInCommonAreNotMixed() {
        var other = counted
        other.meaning[0].definition = "k: INT"
        let error = #expect(throws: PipelineError.self) { try StateSuccession.origins(through: [counted, other]) }
        #expect(error?.code == .corruptCheckpoint)
        #expect(error?.what == "the state of 't' was taken over though key k was 'k: STRING', now it is 'k: INT'")
    }

    // MARK: Rows

    private let stored = StateRows(
        table: "groups",
        rows: ColumnBatch(
            schema: Schema([
                Field("$hash", .bigint, nullable: false), Field("$time", .bigint), Field("v", .int),
                Field("$time", .string),
                Field("v", .string),
            ]),
            columns: [
                Column(.bigint, [.bigint(1), .bigint(2)]), Column(.bigint, [.null, .bigint(4)]),
                Column(.int, [.int(5), .int(6)]), Column(.string, [.string("seven"), .null]),
                Column(.string, [.string("nine"), .string("ten")]),
            ], rowCount: 2))

    @Test func rowsAreMovedColumnByColumn() throws {
        let migration = StateMigration([
            "groups": .init(
                lastOwn: "$time",
                targets: [
                    .init(Field("w", .string), from: .stored(name: "v", number: 1)),
                    .init(Field("n", .date), from: .filled(Column(nulls: .date, count: 1))),
                    .init(Field("$time", .string), from: .stored(name: "$time", number: 0)),
                ])
        ])
        let moved = try migration.apply(stored)
        #expect(moved.rows.schema.fields.map(\.name) == ["$hash", "$time", "w", "n", "$time"])
        #expect(
            moved.rows.rows == [
                [.bigint(1), .null, .string("nine"), .null, .string("seven")],
                [.bigint(2), .bigint(4), .string("ten"), .null, .null],
            ])
        #expect(try migration.apply(StateRows(table: "other", rows: stored.rows)).rows.rows == stored.rows.rows)
    }

    @Test func rowsWithoutTheirColumnsAreRefused() {
        let migration = StateMigration([
            "groups": .init(
                lastOwn: "$time", targets: [.init(Field("w", .string), from: .stored(name: "v", number: 2))])
        ])
        let error = #expect(throws: PipelineError.self) { try migration.apply(stored) }
        #expect(error?.what == "the stored rows of 'groups' have no column 'v'")
        #expect(error?.code == .corruptCheckpoint)
    }
}
