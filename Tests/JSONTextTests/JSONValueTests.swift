// SPDX-License-Identifier: Apache-2.0
import Failures
import Foundation
import JSONText
import Testing

struct JSONValueTests {
    @Test func numbersKeepTheirSpellingAndObjectsTheirOrder() throws {
        let text = #"{"b":1.0,"a":[12345678901234567890123,-0,1e-7,true,null],"c":"é\"\\\n\u0001"}"#
        #expect(try JSONValue(parsing: text).text == text)
    }

    @Test func theLastOfRepeatedMembersCounts() throws {
        let value = try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#)
        #expect(value["a"]?.int64 == 3)
        #expect(value.members?.count == 3)
    }

    @Test func escapesAndSurrogatePairsAreDecoded() throws {
        let value = try JSONValue(parsing: #""\u00e9 \ud83d\ude00 \b\f\n\r\t\/\"\\""#)
        #expect(value.string == "é 😀 \u{8}\u{c}\n\r\t/\"\\")
    }

    @Test func everyValueKnowsWhereItStood() throws {
        let text = "{\n  \"é\": [1,\n   {\"x\": true}]\n}"
        let bytes = Array(text.utf8)
        let value = try JSONValue(parsing: text)
        let x = try #require(value["é"]?.elements?.last?.members?.first)
        let name = TextPosition(of: x.nameOffset, in: bytes)
        #expect((name.line, name.column) == (3, 5))
        let place = TextPosition(of: x.value.offset, in: bytes)
        #expect((place.line, place.column) == (3, 10))
    }

    @Test func aMistakeIsNamedWithItsLineAndColumn() {
        let error = #expect(throws: PipelineError.self) { try JSONValue(parsing: "{\"a\": 1,\n \"b\" 2}") }
        #expect(error?.what == "':' is expected after the member name")
        #expect(error?.places == [.init("line", "2"), .init("column", "6")])
    }

    @Test func deepNestingIsRefusedNotCrashed() {
        let text = String(repeating: "[", count: 100_000)
        let error = #expect(throws: PipelineError.self) { try JSONValue(parsing: text) }
        #expect(error?.what == "JSON nested deeper than 512 levels")
    }

    @Test func prettyTextIsTheSameValue() throws {
        let value: JSONValue = ["a": [1, 2, []], "b": [:], "c": ["d": nil]]
        #expect(try JSONValue(parsing: value.pretty()) == value)
    }
}

/// Where the JSONTestSuite is, if it is.
private let archive: String? = {
    let folder = ProcessInfo.processInfo.environment["MILLRACE_CONFORMANCE"] ?? "../shared/conformance"
    let path = folder + "/json/jsontestsuite.tar.zst"
    return FileManager.default.fileExists(atPath: path) ? path : nil
}()

/// The parser accepts and refuses what RFC 8259 says, by the JSONTestSuite.
@Suite(.enabled(if: archive != nil, "needs MILLRACE_CONFORMANCE"))
struct JSONConformanceTests {
    @Test func everyCaseIsAcceptedOrRefusedAsItSays() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = ["tar", "--zstd", "-xf", try #require(archive), "-C", folder.path]
        try tar.run()
        tar.waitUntilExit()
        let root = folder.appendingPathComponent("jsontestsuite")
        let cases = try String(contentsOf: root.appendingPathComponent("cases.jsonl"), encoding: .utf8)
        var checked = 0
        for line in cases.split(separator: "\n") {
            let entry = try JSONValue(parsing: String(line))
            let name = try #require((entry["file"] ?? entry["path"] ?? entry["name"])?.string)
            let bytes = [UInt8](try Data(contentsOf: root.appendingPathComponent(name)))
            let accepted = (try? JSONValue(parsing: bytes)) != nil
            switch entry["expect"]?.string {
            case "accept": #expect(accepted, "\(name)")
            case "reject": #expect(!accepted, "\(name)")
            default: break
            }
            checked += 1
        }
        #expect(checked > 150)
    }
}
