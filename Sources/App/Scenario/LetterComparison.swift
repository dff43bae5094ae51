// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText
import PipelineSpec
import Sinks

/// Compares dead letters with those that were expected; of each only what the test names.
struct LetterComparison {
    /// What is not as expected; `nil` when all is.
    let failure: ScenarioOutcome.Failure?

    /// A dead letter as a row of the dead-letter table has it.
    private struct Given {
        var raw: [UInt8] = []
        var texts: [String: String] = [:]
        var position: Int64 = 0

        init(_ row: [Value]) {
            for (field, value) in zip(DeadLetterTable.schema.fields, row) {
                switch value {
                case .binary(let bytes): raw = bytes
                case .string(let text): texts[field.name] = text
                case .bigint(let number) where field.name == "position": position = number
                default: break
                }
            }
        }

        func fits(_ letter: ScenarioExpectation.Letter) -> Bool {
            func fits(_ expected: String?, _ name: String) -> Bool { expected.map { $0 == texts[name] } ?? true }
            return fits(letter.source, "source") && fits(letter.partition, "partition") && fits(letter.stage, "stage")
                && fits(letter.code, "code") && letter.position.map { $0 == position } ?? true
                && letter.message.map { texts["message"]?.contains($0) ?? false } ?? true
                && letter.raw.map { $0 == raw } ?? true
        }

        var cells: [String] {
            [
                texts["source"] ?? "", texts["partition"] ?? "", "\(position)", texts["stage"] ?? "",
                texts["code"] ?? "",
                texts["message"] ?? "",
            ]
        }
    }

    private static let columns = ["source", "partition", "position", "stage", "code", "message"]

    /// Compares in any order.
    init(_ expected: [ScenarioExpectation.Letter], given rows: [[Value]], at position: TextPosition) {
        var given = rows.map { Given($0) }
        var missing: [ScenarioExpectation.Letter] = []
        let total = given.count
        // Those that say most choose first, so that one that fits many does not take the only one of another.
        for letter in expected.sorted(by: { Self.weight($0) > Self.weight($1) }) {
            if let index = given.firstIndex(where: { $0.fits(letter) }) {
                given.remove(at: index)
            } else {
                missing.append(letter)
            }
        }
        guard !missing.isEmpty || !given.isEmpty else {
            failure = nil
            return
        }
        var table = TextTable([" "] + Self.columns)
        table.rows = missing.map { ["-"] + Self.cells($0) } + given.prefix(40).map { ["+"] + $0.cells }
        failure = ScenarioOutcome.Failure(
            position: position, step: "",
            what: "dead letters: \(missing.count) missing (-), \(given.count) unexpected (+), "
                + "\(total - given.count) as expected",
            difference: table.text, missing: missing.map { Self.json(Self.cells($0)) },
            unexpected: given.map { Self.json($0.cells) })
    }

    private static func weight(_ letter: ScenarioExpectation.Letter) -> Int {
        cells(letter).count { !$0.isEmpty } + (letter.raw == nil ? 0 : 1)
    }

    private static func cells(_ letter: ScenarioExpectation.Letter) -> [String] {
        [
            letter.source ?? "", letter.partition ?? "", letter.position.map { "\($0)" } ?? "", letter.stage ?? "",
            letter.code ?? "", letter.message ?? "",
        ]
    }

    private static func json(_ cells: [String]) -> JSONValue {
        .object(zip(columns, cells).filter { !$1.isEmpty }.map { ($0, .string($1)) })
    }
}
