// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Testing

@testable import SQL

/// Choices give the values of Spark's documentation and do not compute what is not chosen.
struct ConditionalFunctionTests {
    @Test func choicesTakeTheRightValue() throws {
        #expect(try value("if", true, 1, 2) == 1)
        #expect(try value("if", .null, 1, 2.5) == 2.5)
        #expect(try value("coalesce", .null, 1, .null) == 1)
        #expect(try value("ifnull", .null, "x") == "x")
        #expect(try value("nvl2", .null, 2, 1) == 1)
        #expect(try value("nvl2", 7, 2, 1) == 2)
        #expect(try value("nullif", 2, 2) == .null)
        #expect(try value("nullif", 2, "3") == 2)
        #expect(try value("nullifzero", 0) == .null)
        #expect(try value("nullifzero", 2) == 2)
        #expect(try value("zeroifnull", .null) == 0)
        #expect(try value("nanvl", .double(.nan), 123) == 123.0)
        #expect(try value("greatest", 10, 9, .null, 2, 4, 3) == 10)
        #expect(try value("least", 10, 9, 2, .null, 3) == 2)
        #expect(try value("least", "b", "a") == "a")
        #expect(try value("greatest", .double(.nan), 1.0) != 1.0)
        #expect(try value("assert_true", true) == .null)
        #expect(try failureCode("assert_true", false) == .expectationFailed)
        #expect(try failureCode("raise_error", "no") == .expectationFailed)
    }

    @Test func greatestComparesRowByRow() throws {
        let outcome = try Call.rows("greatest", [.int, .int], [[1, 2], [3, .null], [.null, .null], [5, 4]])
        #expect(outcome.values == [2, 3, .null, 5])
    }

    @Test func castsAreFunctionsToo() throws {
        #expect(try value("int", "7") == 7)
        #expect(try value("string", 1.5) == "1.5")
        #expect(try failureCode("tinyint", 300) == .numericOverflow)
        #expect(try value("date", "2020-01-01") == .date(18262))
        #expect(try value("typeof", 1) == "int")
    }
}
