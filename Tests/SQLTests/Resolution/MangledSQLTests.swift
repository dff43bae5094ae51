// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore
import Testing

/// Texts broken at random end in a plan or in messages that point into the text; never in a crash.
struct MangledSQLTests {
    private static let texts = [
        "WITH a AS (SELECT device, ts FROM readings), b (x) AS (TABLE other) SELECT * FROM a UNION ALL SELECT x, NULL FROM b",
        "SELECT device AS d, d || '-' || seq, CASE WHEN ok THEN 1.5 ELSE seq END, CAST(ts AS DATE)::string FROM readings r WHERE r.seq IN (1, 2L, 3.0) AND device NOT LIKE 'a!_%' ESCAPE '!'",
        "SELECT t.* EXCEPT (place.site), place.room + 1, parts.n, `weird ``name` FROM readings AS t, (VALUES (1, 'x'), (2, r'y\\')) v(a, b) WHERE a BETWEEN 1 AND 2 OR NOT ok IS NOT TRUE",
        "SELECT count(DISTINCT device) FILTER (WHERE ok) OVER (PARTITION BY seq ORDER BY ts DESC NULLS LAST ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), window(ts, '1 minute').start FROM readings GROUP BY ALL HAVING max(seq) > 3 ORDER BY 1 LIMIT 10 OFFSET 2",
        "SELECT INTERVAL '1 02:03:04' DAY TO SECOND, INTERVAL 3 hours -5 minutes, DATE '2020-01-01', X'1F', -1e-3D, EXTRACT(DAY FROM ts), TRIM(BOTH 'x' FROM device), transform(tags, (x, i) -> x || i) FROM readings LEFT ANTI JOIN other USING (device) /* c /* d */ */ -- e",
    ]
    private let planner = SQLPlanner(relations: [
        "readings": RelationSchema(
            Schema([
                Field("device", .string), Field("ts", .timestamp), Field("ok", .boolean), Field("seq", .bigint),
                Field("place", .structure([Field("site", .string), Field("room", .int)])),
                Field("tags", .array(element: .string, containsNull: true)),
                Field("parts", .array(element: .structure([Field("n", .int)]), containsNull: true)),
                Field("weird `name", .double),
            ]), hiddenFields: [Field("_offset", .bigint)]),
        "other": RelationSchema(Schema([Field("device", .string)])),
    ])

    @Test("a broken text never crashes and its messages point into it", arguments: UInt64(0)..<60)
    func mangled(seed: UInt64) {
        var random = Xorshift(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        for _ in 0..<12 {
            let text = mangle(Self.texts[random.below(Self.texts.count)], &random)
            do throws(SQLErrors) {
                _ = try planner.plan(text)
            } catch {
                #expect(!error.errors.isEmpty)
                for mistake in error.errors {
                    #expect(mistake.code != .internalError, "\(text): \(mistake)")
                    #expect(
                        mistake.position.byteOffset + mistake.position.length <= text.utf8.count, "\(text): \(mistake)")
                    #expect(!mistake.message.isEmpty)
                }
            }
        }
    }

    @Test func expressionsAtTheBoundsOfDepthArePlannedAndComputed() throws {
        let sum = "SELECT 1" + String(repeating: " + 1", count: 150)
        let calls = "SELECT " + String(repeating: "upper(", count: 90) + "'a'" + String(repeating: ")", count: 90)
        let conditions = "SELECT " + (0..<2000).map { "1 = \($0)" }.joined(separator: " OR ")
        #expect(try QueryRunner().run(sum).batch.rows == [[.int(151)]])
        #expect(try QueryRunner().run(calls).batch.rows == [[.string("A")]])
        #expect(try QueryRunner().run(conditions).batch.rows == [[.boolean(true)]])
    }

    @Test func aliasesThatDoubleThemselvesAreRefused() {
        let columns = (1...40).map { "a\($0 - 1) + a\($0 - 1) AS a\($0)" }.joined(separator: ", ")
        #expect(throws: SQLErrors.self) { try planner.plan("SELECT seq AS a0, \(columns) FROM readings") }
    }

    /// Deletes, doubles, swaps or replaces pieces.
    private func mangle(_ text: String, _ random: inout Xorshift) -> String {
        var letters = Array(text.unicodeScalars)
        let odd: [Unicode.Scalar] = [
            "'", "\"", "`", "(", ")", "[", "]", ",", ".", "\\", "-", "*", "é", "\u{0}", "<", ">", "9", " ",
        ]
        for _ in 0...random.below(4) {
            let start = random.below(letters.count)
            let end = min(letters.count, start + 1 + random.below(12))
            switch random.below(4) {
            case 0: letters.removeSubrange(start..<end)
            case 1: letters.insert(contentsOf: letters[start..<end], at: random.below(letters.count))
            case 2: letters.insert(odd[random.below(odd.count)], at: start)
            default: letters[start] = odd[random.below(odd.count)]
            }
            if letters.isEmpty { letters = [" "] }
        }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: letters)
        return String(result)
    }
}

/// Numbers by seed.
private struct Xorshift {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
}
