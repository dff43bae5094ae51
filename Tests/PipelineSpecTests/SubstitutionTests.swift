// SPDX-License-Identifier: Apache-2.0
import StreamCore
import Testing

@testable import PipelineSpec

struct SubstitutionTests {
    private let kafka = #""type": "kafka", "topics": ["t"], "schema": "a INT", "brokers": "#

    private func brokers(_ outcome: PipelineLoader.Outcome) -> String? {
        guard case .kafka(let options) = outcome.pipeline?.sources["s"]?.connector else { return nil }
        return options.brokers
    }

    @Test func variablesAndDefaultsAreReplaced() {
        let text = file(source: kafka + #""${HOST:-127.0.0.1}:${PORT}""#)
        #expect(brokers(load(text, environment: ["PORT": "9092"])) == "127.0.0.1:9092")
        #expect(brokers(load(text, environment: ["PORT": "1", "HOST": "h"])) == "h:1")
    }

    @Test func filesGiveTheirContentWithoutTheLastLineEnd() {
        let text = file(source: kafka + #""b:1", "properties": {"sasl.password": "${file:/run/secret}"}"#)
        let outcome = load(text, files: ["/run/secret": "hush\n"])
        guard case .kafka(let options) = outcome.pipeline?.sources["s"]?.connector else {
            Issue.record("no Kafka source")
            return
        }
        #expect(options.properties == ["sasl.password": "hush"])
        #expect(outcome.secrets == ["hush"])
    }

    @Test func secretsAreInNeitherDefinitionNorHash() {
        let text = file(source: kafka + #""${B}""#)
        let (one, two) = (load(text, environment: ["B": "hushhush:1"]), load(text, environment: ["B": "other:1"]))
        #expect(one.pipeline?.definition.contains("hushhush") == false)
        #expect(one.pipeline?.definition.contains("${B}") == true)
        #expect(one.pipeline?.hash == two.pipeline?.hash)
    }

    @Test func messagesShowWhatWasWrittenNotTheSecret() {
        let messages = errors(file(extra: #""memory": "${M}""#), environment: ["M": "hush"])
        #expect(
            messages == [
                """
                p.json:1:25: invalidPipeline: 'memory': '${M}' is no size; write it as "64 MiB", "1.5 GiB" or "500 MB"
                """
            ])
    }

    @Test func missingVariableAndFileAreNamed() {
        #expect(
            errors(file(source: kafka + #""${NO}:${file:none}""#)) == [
                """
                p.json:2:83: missingVariable: the environment variable 'NO' is not set; set it, or write ${NO:-default}
                """,
                "p.json:2:83: missingFile: the file 'none' does not exist",
            ])
    }

    @Test func numbersAndBooleansMayComeFromVariables() {
        let text = file(extra: #""workers": "${W}""#)
        #expect(load(text, environment: ["W": "7"]).pipeline?.workers == 7)
    }

    @Test func twoDollarsStandForOne() {
        #expect(brokers(load(file(source: kafka + #""$${A}:$1""#))) == "${A}:$1")
    }

    @Test func hashDoesNotDependOnTheOrderOfKeys() {
        let one = load(
            #"{"name":"p","sources":{"s":{"type":"rate","rows":1}},"sinks":{"o":{"type":"console","from":"s"}}}"#)
        let two = load(
            #"{"$schema":"x","sinks":{"o":{"from":"s","type":"console"}},"sources":{"s":{"rows":1,"type":"rate"}},"name":"p"}"#
        )
        let other = load(
            #"{"name":"p","sources":{"s":{"type":"rate","rows":2}},"sinks":{"o":{"type":"console","from":"s"}}}"#)
        #expect(one.pipeline?.hash == two.pipeline?.hash)
        #expect(one.pipeline?.hash != other.pipeline?.hash)
        #expect(one.pipeline?.hash.count == 64)
    }
}
