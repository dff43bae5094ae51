// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore
import Testing

struct StateChangeTests {
    private func identity(
        _ name: String = "rollup", kind: String = "aggregate", of parts: [(String, String)] = [("key device", "STRING")]
    ) -> OperatorIdentity {
        OperatorIdentity(name: name, kind: kind, meaning: parts.map { .init($0.0, $0.1) })
    }

    private func decide(
        _ old: OperatorIdentity?, _ new: OperatorIdentity?, empty: Bool = false
    ) -> [String: StateChange] {
        StateChange.decide(
            stored: old.map { [$0.name: $0] } ?? [:], empty: empty ? Set(old.map { [$0.name] } ?? []) : [],
            wanted: new.map { [$0] } ?? [])
    }

    @Test func whatTheCheckpointDoesNotKnowIsNew() {
        #expect(decide(nil, identity()) == ["rollup": .fresh])
        #expect(decide(nil, nil) == [:])
    }

    @Test func theSameMeaningKeepsItsState() {
        #expect(decide(identity(), identity()) == ["rollup": .keep])
        #expect(decide(identity(), identity(), empty: true) == ["rollup": .keep])
    }

    @Test(arguments: [
        ([("key device", "INT")], "key device was 'STRING', now it is 'INT'"),
        ([("key device", "STRING"), ("key site", "STRING")], "key site is new"),
        ([], "key device is gone"),
    ])
    func anotherMeaningLosesIt(parts: [(String, String)], reason: String) {
        #expect(decide(identity(), identity(of: parts)) == ["rollup": .lose([reason])])
        #expect(decide(identity(), identity(of: parts), empty: true) == ["rollup": .rebuild([reason])])
    }

    @Test func whatIsAskedBesidesMigrates() {
        let reason = "aggregate sum(x) is new: groups that are open now count only rows from here on"
        let new = identity(of: [("key device", "STRING"), ("aggregate sum(x)", "BIGINT")])
        #expect(decide(identity(), new) == ["rollup": .migrate([reason])])
        #expect(decide(identity(), new, empty: true) == ["rollup": .rebuild([reason])])
    }

    @Test func everyDifferenceIsNamed() {
        let old = identity(of: [("key a", "INT"), ("window", "1 minute"), ("aggregate n", "count")])
        let new = identity(of: [("key b", "INT"), ("window", "5 minutes"), ("aggregate n", "count")])
        #expect(
            decide(old, new)
                == ["rollup": .lose(["key b is new", "window was '1 minute', now it is '5 minutes'", "key a is gone"])])
    }

    @Test func anotherKindOrOrderLosesIt() {
        #expect(
            decide(identity(), identity(kind: "session"))
                == ["rollup": .lose(["it was aggregate, now it is session"])])
        let (ab, ba) = (identity(of: [("a", "1"), ("b", "2")]), identity(of: [("b", "2"), ("a", "1")]))
        #expect(decide(ab, ba) == ["rollup": .lose(["its parts stand in another order"])])
    }

    @Test func aStepThatIsGoneLosesIt() {
        let reason = "no step of the pipeline has this name any more"
        #expect(decide(identity(), nil) == ["rollup": .lose([reason])])
        #expect(decide(identity(), nil, empty: true) == ["rollup": .rebuild([reason])])
        #expect(decide(identity(), identity("other")) == ["rollup": .lose([reason]), "other": .fresh])
    }

    @Test func onlyAcceptedLossesPass() throws {
        let changes: [String: StateChange] = [
            "a": .lose(["x is new"]), "b": .keep, "c": .rebuild(["y is gone"]), "d": .lose(["z is gone"]), "e": .fresh,
            "f": .migrate(["u is new"]), "g": .losePart(["v was 1, now it is 2"]),
        ]
        #expect(try StateChange.check(changes, accepted: ["a", "d", "g"]) == ["a", "c", "d"])
        let error = #expect(throws: PipelineError.self) { try StateChange.check(changes, accepted: ["d"]) }
        #expect(error?.code == .stateLoss)
        #expect(
            error?.what
                == "state would be lost: that of 'a' (x is new), and part of that of 'g' (v was 1, now it is 2)")
        #expect(error?.hint.hasSuffix("begin without what is lost: --accept-loss a --accept-loss g") == true)
    }
}
