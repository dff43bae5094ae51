// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import Testing

@testable import SQL

/// Mathematical functions give the values of Spark's documentation.
struct MathFunctionTests {
    @Test func roundingFollowsItsRule() throws {
        #expect(try value("round", 2.5, 0) == 3.0)
        #expect(try value("bround", 2.5, 0) == 2.0)
        #expect(try value("round", -2.5) == -3.0)
        #expect(try value("round", 2.675, 2) == 2.68)
        #expect(try value("bround", 25, -1) == 20)
        #expect(try value("round", 25, -1) == 30)
        #expect(try failureCode("round", .int(.max), -1) == .numericOverflow)
        #expect(try value("round", 1234.567, -2) == 1200.0)
        #expect(try value("round", 1e300, 2) == 1e300)
        #expect(try value("ceil", -0.1) == .bigint(0))
        #expect(try value("ceil", 5) == .bigint(5))
        #expect(try value("floor", -0.1) == .bigint(-1))
        #expect(try value("floor", 3.1411, 3) == 3.141)
        #expect(try value("ceil", 3.1411, -1) == 10.0)
        let money = DataType.decimal(precision: 5, scale: 2)
        #expect(try value("round", types: [money, .int], .decimal(12345, scale: 2), 1) == .decimal(1235, scale: 1))
        #expect(try value("ceil", types: [money], .decimal(-12345, scale: 2)) == .decimal(-123, scale: 0))
        #expect(try value("floor", types: [money], .decimal(-12345, scale: 2)) == .decimal(-124, scale: 0))
        #expect(try value("round", types: [money, .int], .decimal(12345, scale: 2), -2) == .decimal(100, scale: 0))
    }

    @Test func realFunctionsGiveTheirValues() throws {
        #expect(try value("sqrt", 4) == 2.0)
        #expect(try value("cbrt", 27.0) == 3.0)
        #expect(try value("exp", 0) == 1.0)
        #expect(try value("ln", 1) == 0.0)
        #expect(try value("ln", 0) == .null)
        #expect(try value("log10", 10) == 1.0)
        #expect(try value("log2", 8) == 3.0)
        #expect(try value("log", 10, 100) == 2.0)
        #expect(try value("pow", 2, 3) == 8.0)
        #expect(try value("sign", -40) == -1.0)
        #expect(try value("degrees", 3.141592653589793) == 180.0)
        #expect(try value("hypot", 3, 4) == 5.0)
        #expect(try value("pi") == .double(.pi))
        #expect(try value("rint", 12.3456) == 12.0)
        #expect(try value("cosh", 0) == 1.0)
        #expect(try value("atan2", 0, 0) == 0.0)
    }

    @Test func integersAndBits() throws {
        #expect(try value("abs", -1) == 1)
        #expect(try failureCode("abs", .int(.min)) == .numericOverflow)
        #expect(try value("pmod", -10, 3) == 2)
        #expect(try value("mod", 2, 1.8) == .double(2.0.truncatingRemainder(dividingBy: 1.8)))
        #expect(try value("factorial", 5) == .bigint(120))
        #expect(try value("factorial", 21) == .null)
        #expect(try value("bit_count", 7) == 3)
        #expect(try value("getbit", 11, 0) == .tinyint(1))
        #expect(try value("getbit", 11, 2) == .tinyint(0))
        #expect(try value("width_bucket", 5.3, 0.2, 10.6, 5) == .bigint(3))
        #expect(try value("width_bucket", -2.1, 1.3, 3.4, 3) == .bigint(0))
        #expect(try value("width_bucket", 8.1, 0.0, 5.7, 4) == .bigint(5))
        #expect(try value("width_bucket", -0.9, 5.2, 0.5, 2) == .bigint(3))
    }

    @Test func numbersInOtherBases() throws {
        #expect(try value("bin", 13) == "1101")
        #expect(try value("bin", -13) == "1111111111111111111111111111111111111111111111111111111111110011")
        #expect(try value("hex", 17) == "11")
        #expect(try value("hex", "Spark SQL") == "537061726B2053514C")
        #expect(try value("unhex", "537061726B2053514C") == .binary(Array("Spark SQL".utf8)))
        #expect(try value("unhex", "1") == .binary([1]))
        #expect(try value("unhex", "xy") == .null)
        #expect(try value("conv", "100", 2, 10) == "4")
        #expect(try value("conv", "-10", 16, -10) == "-16")
        #expect(try value("conv", "-10", 16, 10) == "18446744073709551600")
        #expect(try failureCode("conv", "18446744073709551616", 10, 16) == .numericOverflow)
        #expect(try value("conv", "1z", 10, 16) == "1")
        #expect(try value("conv", "10", 1, 16) == .null)
    }
}
