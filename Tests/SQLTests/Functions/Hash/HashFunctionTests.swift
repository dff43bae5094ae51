// SPDX-License-Identifier: Apache-2.0
import Columnar
import SQL
import Testing

extension FunctionSample {
    static let hashes: [FunctionSample] =
        ["md5", "sha", "crc32", "hash", "xxhash64"].map { FunctionSample($0, [.string], texts.map { [$0] }) } + [
            FunctionSample(
                "sha2", [.string, .int], [["Spark", 256], ["", 0], ["a", 1], [nil, 224], ["a", nil], ["b", 512]]),
            FunctionSample(
                "hash", [.int, .string, .array(element: .double, containsNull: true)],
                [[1, "a", [1.5, nil]], [nil, "a", [0.0]], [2, nil, nil], [nil, nil, nil]]),
            FunctionSample(
                "xxhash64",
                [
                    .bigint, .boolean,
                    .structure([Field("a", .int), Field("b", .array(element: .string, containsNull: true))]),
                ],
                [
                    [.bigint(5), true, .structure([1, ["x", nil]])], [nil, false, nil],
                    [nil, nil, .structure([nil, nil])],
                ]),
        ]
}

/// Expected values are what Spark 4.1 answers.
struct HashFunctionTests {
    private static let known: [(Value, Int32, Int64)] = [
        (nil, 42, 42), (true, -559_580_957, -6_698_625_589_789_238_999),
        (.tinyint(1), -559_580_957, -6_698_625_589_789_238_999),
        (.smallint(1), -559_580_957, -6_698_625_589_789_238_999),
        (1, -559_580_957, -6_698_625_589_789_238_999), (.bigint(1), -1_712_319_331, -7_001_672_635_703_045_582),
        (.float(1.5), -221_251_528, 6_163_473_420_726_370_430),
        (.double(-0.0), -1_670_924_195, -5_252_525_462_095_825_812),
        (.double(.nan), -1_281_358_385, -3_127_944_061_524_951_246),
        (.float(.nan), -349_261_430, 2_692_338_816_207_849_720),
        (.date(19782), 653_915_859, 4_183_429_117_450_946_631),
        (.timestamp(1_709_208_000_123_456), -599_219_285, -2_643_140_136_575_552_606),
        ("é日本😀!", 1_751_283_124, -8_744_878_034_095_878_704),
        (.binary([1, 2, 3, 255]), -1_838_430_744, -4_091_916_539_231_499_232),
        ([[1, 2], nil, []], -222_940_379, -8_133_857_028_838_179_022),
        (.structure([1, nil, ["x", nil, "y"]]), -1_822_228_118, -153_767_599_286_021_508),
    ]

    @Test("every type hashes as in Spark", arguments: known)
    func scalars(value: Value, murmur: Int32, xxhash: Int64) throws {
        let type = value == .structure([1, nil, ["x", nil, "y"]]) ? Self.structure : value.impliedType
        #expect(try Harness.evaluate("hash", types: [type], rows: [[value]]).values == [.int(murmur)])
        #expect(try Harness.evaluate("xxhash64", types: [type], rows: [[value]]).values == [.bigint(xxhash)])
    }

    private static let structure = DataType.structure([
        Field("a", .int), Field("b", .string), Field("c", .array(element: .string, containsNull: true)),
    ])

    @Test(
        "decimals hash by their unscaled number, in 64 bits or as bytes",
        arguments: [
            (15 as Int128, 2, 1, -18_083_236 as Int32), (-12345, 30, 2, 265_069_572),
            (1_234_567_890_123_456_789_012, 38, 2, -2_030_013_727), (128, 38, 0, -544_401_882),
            (-128, 38, 0, 775_851_899),
            (-129, 38, 0, -771_458_971), (0, 38, 0, -783_713_497),
        ])
    func decimals(unscaled: Int128, precision: Int, scale: Int, expected: Int32) throws {
        let outcome = try Harness.evaluate(
            "hash", types: [.decimal(precision: precision, scale: scale)], rows: [[.decimal(unscaled, scale: scale)]])
        #expect(outcome.values == [.int(expected)])
    }

    @Test func hashesChainTheirArguments() throws {
        #expect(try call("hash", "Spark", [123], 2) == -1_321_691_492)
        #expect(try call("xxhash64", "Spark", [123], 2) == .bigint(5_602_566_077_635_097_486))
        #expect(
            try call("xxhash64", .string(String(repeating: "abcdefg", count: 9))) == .bigint(5_800_098_253_713_970_801))
        let map = DataType.map(key: .int, value: .int, valueContainsNull: false)
        #expect(
            refusal("hash", FunctionArgument(map, constant: nil))
                == .argumentType(index: 0, expected: "a type without MAP, whose entries have no order"))
    }

    @Test func digestsAreHexadecimal() throws {
        #expect(try call("md5", "Spark") == "8cde774d6f7333752ed72cacddb05126")
        #expect(try call("sha1", "Spark") == "85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c")
        let sha256: Value = "529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b"
        #expect(try call("sha2", "Spark", 256) == sha256)
        #expect(try call("sha2", "Spark", 0) == sha256)
        #expect(try call("sha2", "Spark", 1) == nil)
        #expect(try call("sha2", "Spark", 224) == "dbeab94971678d36af2195851c0f7485775a2a7c60073d62fc04549c")
        #expect(
            try call("sha2", "Spark", 384)
                == "1e40b8d06c248a1cc32428c22582b6219d072283078fa140d9ad297ecadf2cabefc341b857ad36226aa8d6d79f2ab67d")
        #expect(try call("crc32", "Spark") == .bigint(1_557_323_817))
        #expect(try call("crc32", "") == .bigint(0))
    }
}
