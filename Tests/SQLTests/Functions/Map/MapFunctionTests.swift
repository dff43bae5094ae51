// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import Testing

/// A map of entries, for tests.
func map(_ entries: (Value, Value)...) -> Value { .map(entries.map { Value.MapEntry($0.0, $0.1) }) }

extension FunctionSample {
    private static let texts2 = DataType.map(key: .string, value: .int, valueContainsNull: true)
    private static let some: [Value] = [map(("a", 1), ("b", nil)), .map([]), nil, map(("c", 3))]
    private static let entries = DataType.array(
        element: .structure([Field("k", .string), Field("v", .int)]), containsNull: true)

    static let maps: [FunctionSample] =
        ["map_keys", "map_values", "map_entries", "size", "map_concat"]
        .map { FunctionSample($0, [texts2], some.map { [$0] }) } + [
            FunctionSample(
                "map", [.string, .int, .string, .int], [["a", 1, "b", nil], ["a", 1, "a", 2], [nil, 1, "b", 2]]),
            FunctionSample(
                "map_from_arrays",
                [.array(element: .string, containsNull: true), .array(element: .int, containsNull: true)],
                [[["a", "b"], [1, nil]], [["a"], [1, 2]], [["a", nil], [1, 2]], [nil, [1]], [[], []]]),
            FunctionSample(
                "map_from_entries", [entries],
                [
                    [[.structure(["a", 1]), .structure(["b", nil])]], [[.structure(["a", 1]), nil]], [nil], [[]],
                    [[.structure([nil, 1])]], [[.structure(["a", 1]), .structure(["a", 2])]],
                ]),
            FunctionSample(
                "map_contains_key", [texts2, .string],
                [[map(("a", 1)), "a"], [map(("a", 1)), "b"], [nil, "a"], [.map([]), nil]]),
            FunctionSample(
                "map_concat", [texts2, texts2],
                [[map(("a", 1)), map(("b", 2))], [map(("a", 1)), map(("a", 2))], [nil, .map([])]]),
            FunctionSample(
                "element_at", [texts2, .string],
                [[map(("a", 1)), "a"], [map(("a", 1)), "b"], [nil, "a"], [.map([]), nil]]),
            FunctionSample("[]", [texts2, .string], [[map(("a", 1), ("b", 2)), "b"], [map(("a", nil)), "a"]]),
            FunctionSample("str_to_map", [.string], [["a:1,b:2"], [""], ["a"], [nil], ["a:1,a:2"], ["a:1:2,"]]),
            FunctionSample(
                "str_to_map", [.string, .string, .string], constants: [1, 2], [["a=1&b", "&", "="], ["", "&", "="]]),
            FunctionSample("struct", [.int, .string], [[1, "a"], [nil, nil]]),
            FunctionSample(
                "named_struct", [.string, .int, .string, .string], constants: [0, 2],
                [["x", 1, "y", "a"], ["x", nil, "y", nil]]),
        ]
}

/// Expected values are what Spark 4.1 answers.
struct MapFunctionTests {
    @Test func mapsAreBuiltAndTakenApart() throws {
        #expect(try call("map", 1, "a", 2, "b") == map((1, "a"), (2, "b")))
        #expect(try call("map_from_arrays", [1, 3], ["2", "4"]) == map((1, "2"), (3, "4")))
        #expect(
            try call("map_from_entries", [.structure([1, "a"]), .structure([2, "b"])]) == map((1, "a"), (2, "b")))
        #expect(try call("map_from_entries", [.structure([1, "a"]), nil]) == nil)
        #expect(try call("map_keys", map((1, "a"))) == [1])
        #expect(try call("map_values", map((1, "a"), (2, nil))) == ["a", nil])
        #expect(try call("map_entries", map((1, "a"))) == [.structure([1, "a"])])
        #expect(try call("map_concat", map((1, "a")), map((2, "b"))) == map((1, "a"), (2, "b")))
        #expect(try call("map_contains_key", map((1, "a")), 3) == false)
        #expect(try call("cardinality", map((1, 2))) == 1)
        #expect(try call("element_at", map((1, "a")), 2) == nil)
        #expect(try call("[]", map(("a", 1)), "a") == 1)
    }

    @Test func keysAreNeitherNullNorTwice() throws {
        #expect(try failure("map", 1, "a", 1, "b") == .invalidFunctionArgument)
        #expect(try failure("map_concat", map((1, "a")), map((1, "b"))) == .invalidFunctionArgument)
        #expect(try failure("map_from_arrays", [1, nil], [1, 2]) == .invalidFunctionArgument)
        #expect(try failure("map_from_arrays", [1, 2], [1]) == .invalidFunctionArgument)
        #expect(try failure("str_to_map", "a:1,a:2") == .invalidFunctionArgument)
    }

    @Test func textsBecomeMaps() throws {
        #expect(try call("str_to_map", "a:1,b:2,c:3", ",", ":") == map(("a", "1"), ("b", "2"), ("c", "3")))
        #expect(try call("str_to_map", "a") == map(("a", nil)))
        #expect(try call("str_to_map", "") == map(("", nil)))
        #expect(try call("str_to_map", "a:1:2,b") == map(("a", "1:2"), ("b", nil)))
        #expect(try call("str_to_map", "a1b2", "[0-9]", "x") == map(("a", nil), ("b", nil), ("", nil)))
    }

    @Test func structuresTakeNames() throws {
        let bound = try Harness.bind(
            "struct", [FunctionArgument(type: .int, name: "x"), FunctionArgument(type: .string, nullable: false)])
        #expect(bound.resultType == .structure([Field("x", .int), Field("col2", .string, nullable: false)]))
        #expect(try call("named_struct", "a", 1, "b", 2) == .structure([1, 2]))
        #expect(
            refusal("named_struct", FunctionArgument(.string, constant: nil), FunctionArgument(.int, constant: 1))
                == .argumentValue(index: 0, expected: "a name, as a literal"))
    }
}
