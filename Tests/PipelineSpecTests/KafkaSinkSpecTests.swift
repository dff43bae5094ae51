// SPDX-License-Identifier: Apache-2.0
import StreamCore
import Testing

@testable import PipelineSpec

struct KafkaSinkSpecTests {
    private func sink(_ more: String) -> String {
        file(sinks: #""out": {"type": "kafka", "from": "s", "brokers": "h:9092", "topic": "t"\#(more)}"#)
    }

    private func options(_ more: String) -> KafkaSinkOptions? {
        guard case .kafka(let options) = load(sink(more)).pipeline?.sinks["out"]?.connector else { return nil }
        return options
    }

    @Test func defaultsAreNoKeyAndATransactionForEachEpoch() {
        #expect(options("") == KafkaSinkOptions(brokers: "h:9092", topic: "t"))
        #expect(options("")?.delivery == .transactional)
    }

    @Test func keyIsAColumnOrAListOfColumns() {
        #expect(options(#", "key": "a""#)?.key == ["a"])
        #expect(options(#", "key": ["a", "b"]"#)?.key == ["a", "b"])
        #expect(
            errors(sink(#", "key": 1"#)) == [
                "p.json:4:91: invalidPipeline: 'key' is a number, not a string or a list"
            ])
    }

    @Test func columnsOfKeyAndHeadersMustBeThere() {
        #expect(options(#", "headers": {"h": "b"}"#)?.headers == ["h": "b"])
        #expect(
            errors(sink(#", "key": ["dya", "a", "a"], "headers": {"h": "x"}"#)) == [
                "p.json:4:92: unknownName: 'dya' is no column of the rows; did you mean 'day'?",
                "p.json:4:104: invalidPipeline: 'a' is there twice; remove one",
                "p.json:4:127: unknownName: 'x' is no column of the rows; did you mean 'a'?",
            ])
    }

    @Test func twoSinksMayWriteToOneTopic() {
        let one = #"{"type": "kafka", "from": "s", "brokers": "h:9092", "topic": "t"}"#
        #expect(errors(file(sinks: "\"x\": \(one), \"y\": \(one)")) == [])
    }

    @Test func deadLettersMayGoToATopic() {
        let text = file(deadLetters: #""deadLetters": {"type": "kafka", "brokers": "h:9092", "topic": "dead"}"#)
        #expect(load(text).pipeline?.deadLetters == .kafka(KafkaSinkOptions(brokers: "h:9092", topic: "dead")))
    }
}
