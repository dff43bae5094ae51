// SPDX-License-Identifier: Apache-2.0
import Columnar
import Formats
import StreamCore
import Testing

struct JSONLinesEncoderTests {
    private static let fields = [
        Field("b", .boolean), Field("i8", .tinyint), Field("i16", .smallint), Field("i32", .int), Field("n", .bigint),
        Field("f", .float), Field("d", .double), Field("dec", .decimal(precision: 20, scale: 3)), Field("s", .string),
        Field("bin", .binary), Field("day", .date), Field("at", .timestamp), Field("local", .timestampNTZ),
        Field("st", .structure([Field("x", .int), Field("y", .string)])),
        Field("l", .array(element: .int, containsNull: true)),
        Field("m", .map(key: .string, value: .double, valueContainsNull: true)),
    ]
    private static let rows: [[Value]] = [
        [
            .boolean(true), .tinyint(-1), .smallint(300), .int(70_000), .bigint(.max), .float(1.5), .double(-2.25),
            .decimal(-1_234_567_890_123_456_789, scale: 3), .string("\"grüße\"\n\u{1}\\"), .binary([0, 255]), .date(-1),
            .timestamp(1_767_225_600_123_456), .timestampNTZ(1_000_000), .structure([.int(1), .null]),
            .array([.int(1), .null]), .map([.init(.string("k\""), .double(1)), .init(.string("z"), .null)]),
        ],
        [Value](repeating: .null, count: 16),
        [
            .boolean(false), .null, .null, .null, .null, .float(-.infinity), .double(1e300), .null, .string(""),
            .binary([]), .null, .timestamp(-1), .null, .structure([.null, .null]), .array([]), .map([]),
        ],
    ]

    private func batch(_ rows: [[Value]]) -> ColumnBatch {
        let columns = Self.fields.indices.map { index in Column(Self.fields[index].type, rows.map { $0[index] }) }
        return ColumnBatch(schema: Schema(Self.fields), columns: columns, rowCount: rows.count)
    }

    private func encode(_ batch: ColumnBatch) -> [String] {
        var output = BufferBuilder<UInt8>()
        JSONLinesEncoder(schema: batch.schema).encode(batch, into: &output)
        return output.finish().text.split(separator: "\n").map(String.init)
    }

    @Test func rowsBecomeLines() {
        #expect(
            encode(batch(Self.rows)) == [
                #"{"b":true,"i8":-1,"i16":300,"i32":70000,"n":9223372036854775807,"f":1.5,"d":-2.25,"#
                    + #""dec":-1234567890123456.789,"s":"\"grüße\"\n\u0001\\","bin":"AP8=","day":"1969-12-31","#
                    + #""at":"2026-01-01T00:00:00.123456Z","local":"1970-01-01T00:00:01","st":{"x":1},"l":[1,null],"#
                    + #""m":{"k\"":1.0,"z":null}}"#, "{}",
                #"{"b":false,"f":"-Infinity","d":1.0E300,"s":"","bin":"","at":"1969-12-31T23:59:59.999999Z","#
                    + #""st":{},"l":[],"m":{}}"#,
            ])
    }

    @Test func linesBecomeTheSameRows() throws {
        let decoded = try decode(Self.fields, encode(batch(Self.rows)))
        #expect(decoded.malformed.isEmpty)
        #expect(decoded.rows.rows == Self.rows)
    }
}
