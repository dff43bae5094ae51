// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import Testing

extension FunctionSample {
    private static let ints = DataType.array(element: .int, containsNull: true)
    private static let strings1 = DataType.array(element: .string, containsNull: true)
    private static let lists: [Value] = [[1, 2, nil, 2], [], nil, [3], [nil], [5, 4, 3, 2, 1, 1]]
    private static let withInts: [[Value]] = [
        [[1, 2, nil, 2], 2], [[], 1], [nil, 1], [[3], nil], [[nil], 1], [[5, 4], 4],
    ]
    private static let pairs: [[Value]] = [
        [[1, 2, 2, nil], [2, nil, 4]], [[], [1]], [[1], []], [nil, [1]], [[1], nil], [[1, 1], [1]], [[nil], [nil]],
        [[7], [8, nil]],
    ]

    static let arrays: [FunctionSample] =
        [
            "size", "array_size", "array_distinct", "array_compact", "array_max", "array_min", "sort_array",
            "array_sort", "reverse",
        ]
        .map { FunctionSample($0, [ints], lists.map { [$0] }) }
        + [
            "array_contains", "array_position", "array_remove", "array_append", "array_prepend", "element_at", "get",
            "[]",
            "try_element_at",
        ].map { FunctionSample($0, [ints, .int], withInts) }
        + ["array_union", "array_intersect", "array_except", "arrays_overlap", "concat", "arrays_zip", "array"]
        .map { FunctionSample($0, [ints, ints], pairs) } + [
            FunctionSample("array", [.string, .string], [["a", nil], [nil, nil], ["a", "b"]]),
            FunctionSample(
                "array_repeat", [.string, .int], [["a", 2], [nil, 1], ["b", -1], ["b", nil], ["c", .int(.max)]]),
            FunctionSample(
                "array_join", [strings1, .string, .string],
                [[["a", nil, "b"], ",", "-"], [[], ",", ""], [nil, ",", ""], [["x"], nil, ""]]),
            FunctionSample("array_join", [strings1, .string], [[["a", nil, "b"], ","], [[nil], ","]]),
            FunctionSample(
                "array_insert", [ints, .int, .int],
                [
                    [[1, 2], 1, 9], [[1, 2], -5, 9], [[1, 2], 5, 9], [[1], 0, 2], [nil, 1, 2], [[1], 1, nil],
                    [[1], nil, 2],
                ]),
            FunctionSample(
                "slice", [ints, .int, .int],
                [
                    [[1, 2, 3, 4], 2, 2], [[1, 2, 3, 4], -2, 2], [[1], 0, 1], [[1], 1, -1], [nil, 1, 1], [[1], -5, 2],
                ]),
            FunctionSample(
                "flatten", [.array(element: ints, containsNull: true)],
                [[[[1, 2], [nil]]], [[[1], nil]], [[]], [nil]]),
            FunctionSample("sequence", [.int, .int], [[1, 5], [5, 1], [1, 1], [nil, 1], [0, .int(.max)]]),
            FunctionSample(
                "sequence", [.int, .int, .int], [[1, 10, 3], [1, 5, -1], [1, 5, 0], [1, 1, 0], [10, 1, -4]]),
            FunctionSample(
                "sort_array", [strings1, .boolean], [[["b", nil, "a"], false], [["b", "a"], true], [nil, true]]),
        ]
}

/// Expected values are what Spark 4.1 answers.
struct ArrayFunctionTests {
    @Test func arraysAreBuiltFromValues() throws {
        #expect(try call("array", 1, 2, nil) == [1, 2, nil])
        #expect(try call("array") == [])
        #expect(try call("array_repeat", "a", 2) == ["a", "a"])
        #expect(try call("array_repeat", "a", -1) == [])
        #expect(try call("array_repeat", "a", nil) == nil)
        #expect(try failure("array_repeat", "a", .int(.max)) == .memoryExceeded)
        let zipped = try call("arrays_zip", [1, 2, 3], ["a", "b"])
        #expect(zipped == [.structure([1, "a"]), .structure([2, "b"]), .structure([3, nil])])
    }

    @Test func sequencesRunBothWays() throws {
        #expect(try call("sequence", 1, 5) == [1, 2, 3, 4, 5])
        #expect(try call("sequence", 5, 1) == [5, 4, 3, 2, 1])
        #expect(try call("sequence", 10, 1, -4) == [10, 6, 2])
        #expect(try call("sequence", 1, 1, 0) == [1])
        #expect(try call("sequence", .tinyint(1), .tinyint(3)) == [.tinyint(1), .tinyint(2), .tinyint(3)])
        #expect(try failure("sequence", 1, 5, -1) == .invalidFunctionArgument)
        #expect(try failure("sequence", 1, 5, 0) == .invalidFunctionArgument)
        // 2018-01-31, then the ends of February and March, as a month is added to the start each time.
        #expect(
            try call("sequence", .date(17562), .date(17651), .yearMonthInterval(1))
                == [.date(17562), .date(17590), .date(17621), .date(17651)])
        #expect(try call("sequence", .date(17532), .date(17534)) == [.date(17532), .date(17533), .date(17534)])
        #expect(try failure("sequence", .date(1), .date(2), .dayTimeInterval(1)) == .invalidFunctionArgument)
        #expect(
            try call("sequence", .timestamp(0), .timestamp(7_200_000_000), .dayTimeInterval(3_600_000_000))
                == [.timestamp(0), .timestamp(3_600_000_000), .timestamp(7_200_000_000)])
    }

    @Test func sizesAndSearches() throws {
        #expect(try call("size", [1, 2]) == 2)
        #expect(try call("size", nil) == nil)
        #expect(try call("array_contains", [1, 2, 3], 2) == true)
        #expect(try call("array_contains", [1, nil], 2) == nil)
        #expect(try call("array_contains", [1, nil], 1) == true)
        #expect(try call("array_contains", ["a"], "b") == false)
        #expect(try call("array_position", [3, 2, 1, 2], 2) == .bigint(2))
        #expect(try call("array_position", [1, nil], 5) == .bigint(0))
        #expect(try call("array_position", [1, 2], nil) == nil)
        #expect(try call("arrays_overlap", [1, 2, 3], [3, 4]) == true)
        #expect(try call("arrays_overlap", [1, nil], [2]) == nil)
        #expect(try call("arrays_overlap", [1, nil], [1]) == true)
        #expect(try call("arrays_overlap", [], [nil]) == false)
        #expect(try call("array_max", [1, 20, nil, 3]) == 20)
        #expect(try call("array_min", ["b", "a"]) == "a")
        #expect(try call("array_max", [[1, 2], [1, 3]]) == [1, 3])
        #expect(try call("array_max", [.double(1), .double(.infinity)]) == .double(.infinity))
        #expect(try call("array_join", ["a", nil, "b"], ",", "-") == "a,-,b")
        #expect(try call("array_join", ["a", "b", nil], ",") == "a,b")
    }

    @Test func arraysAsSetsKeepTheFirstOfEachValue() throws {
        #expect(try call("array_distinct", [1, 2, nil, 1, nil, 3]) == [1, 2, nil, 3])
        #expect(try call("array_distinct", [[1], [1], [2]]) == [[1], [2]])
        #expect(try call("array_union", [1, 2, 2, nil], [3, 1, nil]) == [1, 2, nil, 3])
        #expect(try call("array_intersect", [1, 2, 2, nil], [2, nil, 4]) == [2, nil])
        #expect(try call("array_except", [1, 2, 2, nil, 5], [2, nil]) == [1, 5])
    }

    @Test func elementsArePutInAndTakenOut() throws {
        #expect(try call("array_append", ["b", "d"], "c") == ["b", "d", "c"])
        #expect(try call("array_append", [1], nil) == [1, nil])
        #expect(try call("array_prepend", ["b"], "a") == ["a", "b"])
        #expect(try call("array_insert", [1, 2, 3, 4], 5, 5) == [1, 2, 3, 4, 5])
        #expect(try call("array_insert", [5, 4, 3, 2], -1, 1) == [5, 4, 3, 2, 1])
        #expect(try call("array_insert", [5, 3, 2, 1], -4, 4) == [5, 4, 3, 2, 1])
        #expect(try call("array_insert", [1, 2], 5, 9) == [1, 2, nil, nil, 9])
        #expect(try failure("array_insert", [1], 0, 2) == .invalidIndex)
        #expect(try call("array_remove", [1, 2, nil, 3, 2], 2) == [1, nil, 3])
        #expect(try call("array_remove", [1, 2], nil) == nil)
        #expect(try call("array_compact", [1, nil, 2]) == [1, 2])
        #expect(try call("slice", [1, 2, 3, 4], 2, 2) == [2, 3])
        #expect(try call("slice", [1, 2, 3, 4], -2, 2) == [3, 4])
        #expect(try call("slice", [1, 2], -5, 2) == [])
        #expect(try failure("slice", [1, 2], 0, 2) == .invalidIndex)
        #expect(try call("flatten", [[1, 2], [3, nil]]) == [1, 2, 3, nil])
        #expect(try call("reverse", [1, nil, 3]) == [3, nil, 1])
        #expect(try call("concat", [1, 2], [3]) == [1, 2, 3])
    }

    @Test func sortingPlacesNulls() throws {
        #expect(try call("sort_array", ["b", "d", nil, "c", "a"], true) == [nil, "a", "b", "c", "d"])
        #expect(try call("sort_array", ["b", "d", nil, "c", "a"], false) == ["d", "c", "b", "a", nil])
        #expect(try call("array_sort", [3, 1, nil]) == [1, 3, nil])
        #expect(try call("sort_array", [[2], [1, 5], [1]]) == [[1], [1, 5], [2]])
    }

    @Test func elementsAreFoundByPosition() throws {
        #expect(try call("element_at", [1, 2, 3], 2) == 2)
        #expect(try call("element_at", [1, 2, 3], -1) == 3)
        #expect(try failure("element_at", [1, 2, 3], 5) == .invalidIndex)
        #expect(try failure("try_element_at", [1, 2, 3], 0) == .invalidIndex)
        #expect(try call("try_element_at", [1, 2, 3], 5) == nil)
        #expect(try call("get", [1, 2, 3], -1) == nil)
        #expect(try call("[]", [1, 2], 0) == 1)
        #expect(try failure("[]", [1, 2], 2) == .invalidIndex)
        #expect(try failure("[]", [1, 2], -1) == .invalidIndex)
    }
}
