// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText
import Testing

@testable import App

struct OutputTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_767_225_600_123_456, "2026-01-01T00:00:00.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
        ] as [(Int64, String)])
    func timesAreISO8601(micros: Int64, text: String) {
        #expect(TimeText.iso(micros: micros) == text)
    }

    @Test func tablesAreAlignedAndNumbersToTheRight() {
        var table = TextTable(["name", "n"])
        table.rows = [["a", "1"], ["long name", "100"]]
        #expect(table.text == "name         n\n---------  ---\na            1\nlong name  100")
    }

    @Test func valuesReadAsPeopleWriteThem() {
        #expect(ValueText.text(.decimal(-12345, scale: 2), .decimal(precision: 10, scale: 2)) == "-123.45")
        #expect(ValueText.text(.decimal(5, scale: 3), .decimal(precision: 10, scale: 3)) == "0.005")
        #expect(ValueText.text(.timestamp(1_500_000), .timestamp) == "1970-01-01T00:00:01.5Z")
        #expect(ValueText.text(.binary([0, 255]), .binary) == "0x00ff")
        #expect(ValueText.json(.array([.int(1), .null]), .array(element: .int, containsNull: true)) == [1, nil])
    }

    @Test func numbersAndSizesAreReadable() {
        #expect(NumberText.grouped(1_234_567) == "1,234,567")
        #expect(NumberText.grouped(-999) == "-999")
        #expect(NumberText.bytes(1_536) == "1.5 KiB")
        #expect(TimeText.duration(nanos: 61_000_000_000) == "1 min 1 s")
    }

    @Test func secretsAreTakenOutOfText() {
        let redactor = Redactor(["hush", "hushhush", "ab"])
        #expect(redactor.clean("a hushhush b hush ab") == "a *** b *** ab")
    }

    @Test func typesOfSamplesWidenAsNeeded() throws {
        func ddl(_ records: String...) -> String? { RecordShape.json(records.map { Array($0.utf8) })?.ddl }
        #expect(ddl(#"{"a":1}"#, #"{"a":2.5}"#) == "a DOUBLE")
        #expect(ddl(#"{"a":1}"#, #"{"a":"x"}"#) == "a STRING")
        #expect(
            ddl(#"{"a":null}"#, #"{"b":"2026-01-01"}"#, #"{"b":"2026-01-01T00:00:00Z"}"#) == "a STRING, b TIMESTAMP")
        #expect(ddl(#"{"a":{"x":1}}"#, #"{"a":{"y y":[true]}}"#) == "a STRUCT<x: BIGINT, `y y`: ARRAY<BOOLEAN>>")
        #expect(ddl("[1]", "2") == nil)
        let csv = RecordShape.csv(["id;name;at", "1;\"a;b\";2026-01-01", "2;;2026-01-02"].map { Array($0.utf8) })
        #expect(csv?.ddl == "id BIGINT, name STRING, at DATE")
        #expect(csv?.format == ["type": "csv", "header": true, "delimiter": ";"])
    }
}
