// SPDX-License-Identifier: Apache-2.0
import StreamCore
import Testing

@testable import PipelineSpec

struct OverrideTests {
    @Test func pathsReachMapsListsAndNewKeys() {
        let source = #""type": "kafka", "brokers": "b:1", "topics": ["t"], "schema": "a INT""#
        let outcome = load(
            file(source: source),
            overrides: [
                "trigger.interval=250 ms", "sources.s.topics.0=u", "sources.s.properties.\"security.protocol\"=ssl",
                "workers=3", "deadLetters={\"type\":\"console\"}",
            ])
        #expect(outcome.pipeline?.trigger == .interval(micros: 250_000))
        #expect(outcome.pipeline?.workers == 3)
        #expect(outcome.pipeline?.deadLetters == .console(.init()))
        guard case .kafka(let options) = outcome.pipeline?.sources["s"]?.connector else {
            Issue.record("no Kafka source")
            return
        }
        #expect(options.topics == ["u"])
        #expect(options.properties == ["security.protocol": "ssl"])
    }

    @Test func stringsNeedNoQuotes() {
        #expect(load(file(), overrides: ["trigger.interval=0"]).pipeline?.trigger == .interval(micros: 0))
        #expect(load(file(), overrides: ["name=7"]).pipeline?.name == "7")
    }

    @Test func overridesArePartOfTheHash() {
        #expect(load(file()).pipeline?.hash != load(file(), overrides: ["workers=3"]).pipeline?.hash)
    }

    @Test func mistakesNameTheOverride() {
        #expect(
            errors(file(), overrides: ["workers=many"]) == [
                "--set workers: invalidPipeline: 'workers' is a string, not an integer"
            ])
        #expect(
            errors(file(), overrides: ["workrs=3"]) == [
                "--set workrs: unknownName: 'workrs' is no key of the pipeline; did you mean 'workers'?"
            ])
        #expect(
            errors(file(source: #""type": "files", "path": "x", "schema": "a INT""#), overrides: ["sources.sx.path=y"])
                .first?.contains("'--set sources.sx.path=y': there is no 'sx' in 'sources'; did you mean 's'?") == true)
        #expect(errors(file(), overrides: ["workers"]).count == 1)
        #expect(errors(file(), overrides: ["name.x=1"]).count == 1)
    }
}
