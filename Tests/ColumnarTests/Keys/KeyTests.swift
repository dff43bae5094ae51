// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Testing

struct KeyTests {
    private static let types: [DataType] = [
        .string, .bigint, .double, .boolean, .decimal(precision: 20, scale: 2), .date, .tinyint, .binary, .float,
        .structure([Field("a", .int), Field("b", .string)]), .array(element: .double, containsNull: true),
    ]

    private static func randomRow(_ random: inout SplitMix) -> [Value] {
        types.map { type in
            if Int.random(in: 0..<5, using: &random) == 0 { return .null }
            let pick = Int.random(in: 0..<3, using: &random)
            switch type {
            case .string: return .string(["", "abc", String(repeating: "x", count: 300)][pick])
            case .bigint: return .bigint([0, -1, .max][pick])
            case .double: return .double([0, 1.5, .infinity][pick])
            case .boolean: return .boolean(pick == 0)
            case .decimal: return .decimal([0, -1, Int128(Int64.max) * 1_000][pick], scale: 2)
            case .date: return .date(Int32(pick))
            case .tinyint: return .tinyint(Int8(pick) - 1)
            case .binary: return .binary([UInt8](repeating: 0, count: pick))
            case .float: return .float([0, -2.5, .infinity][pick])
            case .structure: return .structure([.int(Int32(pick)), pick == 0 ? .null : .string("s")])
            default: return .array([.double(Double(pick)), .null])
            }
        }
    }

    private static func columns(_ rows: [[Value]]) -> [Column] {
        types.indices.map { index in Column(types[index], rows.map { $0[index] }) }
    }

    @Test func keysComeBackAsTheyWere() throws {
        var random = SplitMix(state: 7)
        let rows = (0..<500).map { _ in Self.randomRow(&random) }
        let keys = KeyEncoder(Self.types).encode(Self.columns(rows), rowCount: rows.count)
        let decoded = try KeyDecoder(Self.types).decode(keys.column)
        for (index, row) in rows.enumerated() { #expect(decoded.map { $0.value(at: index) } == row) }
    }

    @Test func keysAreEqualWhereTheirValuesAre() {
        var random = SplitMix(state: 7)
        let rows = (0..<2_000).map { _ in Array(Self.randomRow(&random)[0..<4]) }
        let types = Array(Self.types[0..<4])
        let columns = types.indices.map { index in Column(types[index], rows.map { $0[index] }) }
        let keys = KeyEncoder(types).encode(columns, rowCount: rows.count)
        var table = KeyTable()
        let ids = table.ids(for: keys).array
        var twin: [[Value]: Int32] = [:]
        for (row, values) in rows.enumerated() {
            let expected = twin[values] ?? Int32(twin.count)
            twin[values] = expected
            #expect(ids[row] == expected)
        }
        #expect(table.count == twin.count)
        #expect(table.find(keys).array == ids)
    }

    @Test func zerosAndNaNsAreOneKeyEach() {
        let numbers: [Value] = [
            .double(0), .double(-0.0), .double(.nan), .double(-.nan), .double(.signalingNaN), .null,
        ]
        let keys = KeyEncoder([.double]).encode([Column(.double, numbers)], rowCount: numbers.count)
        var table = KeyTable()
        #expect(table.ids(for: keys).array == [0, 0, 1, 1, 1, 2])
    }

    @Test func dictionariesAndSlicesEncodeLikePlainText() {
        let texts = Column(.string, [.string("b"), .null, .string("a"), .string("b")])
        let values = Column(.string, [.string("a"), .string("b")])
        let coded = Column(
            .string, count: 4, validity: texts.validity,
            storage: .dictionary(codes: Buffer([1, 0, 0, 1]), values: values))
        let plain = KeyEncoder([.string]).encode([texts], rowCount: 4)
        #expect(KeyEncoder([.string]).encode([coded], rowCount: 4).bytes.array == plain.bytes.array)
        let sliced = KeyEncoder([.string]).encode([texts.slice(2..<4)], rowCount: 2)
        #expect(sliced.hashes.array == [plain.hashes[2], plain.hashes[3]])
    }

    @Test func lanesTellEqualKeysApart() {
        let keys = KeyEncoder([.int]).encode([Column(.int, [.int(1), .int(1), .int(1)])], rowCount: 3)
        var table = KeyTable(hasLanes: true)
        #expect(table.ids(for: keys, lanes: Buffer([10, 20, 10])).array == [0, 1, 0])
        #expect(table.find(keys, lanes: Buffer([30, 20, 10])).array == [-1, 1, 0])
    }

    @Test func manyKeysInManyLanesAreThoseOfADictionary() {
        struct Place: Hashable {
            var text: String
            var lane: Int64
        }
        var random = SplitMix(state: 9)
        var table = KeyTable(hasLanes: true)
        var twin: [Place: Int32] = [:]
        for _ in 0..<20 {
            let places = (0..<1000).map { _ in
                Place(text: String(Int.random(in: 0..<300, using: &random)), lane: .random(in: 0..<20, using: &random))
            }
            let column = Column(.string, places.map { .string($0.text) })
            let keys = KeyEncoder([.string]).encode([column], rowCount: places.count)
            let expected = places.map { place in
                let id = twin[place] ?? Int32(twin.count)
                twin[place] = id
                return id
            }
            #expect(table.ids(for: keys, lanes: Buffer(places.map(\.lane))).array == expected)
        }
    }

    @Test func aTableGrowsAndKeepsWhatItIsTold() {
        let count = 100_000
        let column = Column(.bigint, Buffer((0..<Int64(count)).map { $0 % 50_000 }))
        let keys = KeyEncoder([.bigint]).encode([column], rowCount: count)
        var table = KeyTable()
        let ids = table.ids(for: keys).array
        #expect(table.count == 50_000)
        #expect(ids == (0..<count).map { Int32($0 % 50_000) })
        let kept = table.keeping(Buffer([49_999, 7]))
        #expect(kept.count == 2)
        #expect(kept.find(keys.taking(Buffer([7, 49_999, 8]))).array == [1, 0, -1])
        #expect(table.keys(Buffer([3])).bytes.array == keys.taking(Buffer([3])).bytes.array)
    }

    @Test func noColumnsAreOneKey() throws {
        let keys = KeyEncoder([]).encode([], rowCount: 3)
        var table = KeyTable()
        #expect(table.ids(for: keys).array == [0, 0, 0])
        #expect(try KeyDecoder([]).decode(keys.column).isEmpty)
    }

    @Test func hashesNeverChange() {
        let texts = ["", "a", "abcd", "abcdefgh", "abcdefghijklmnopq", String(repeating: "z", count: 100)]
        let hashes = texts.map { KeyHash.hash(Array($0.utf8).span) }
        #expect(Set(hashes).count == texts.count)
        #expect(hashes == Self.recorded)
    }

    private static let recorded: [Int64] = [
        4_808_886_099_364_463_827, -8_593_150_563_063_151_727, -8_298_165_041_125_115_423, -3_531_104_963_667_535_946,
        -1_138_937_716_815_043_066, 9_212_815_535_754_353_799,
    ]

    @Test func damagedKeysAreRefused() {
        let damaged = Column(.binary, [.binary([0, 200])])
        #expect(throws: PipelineError.self) { try KeyDecoder([.string]).decode(damaged) }
        #expect(throws: PipelineError.self) { try KeyDecoder([.bigint]).decode(damaged) }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
