// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSONText
import StreamTesting
import Testing

@testable import App

struct CommandLineTests {
    private let folder = ProjectFolder()

    @Test func versionNamesTheLibrariesInUse() async throws {
        let outcome = try await folder.millrace("version", "--format", "json")
        #expect(outcome.status == 0)
        let versions = try JSONValue(parsing: outcome.output)
        for name in ["millrace", "swift", "librdkafka", "simdjson", "sqlite", "jemalloc"] {
            #expect(versions[name]?.string?.contains(".") == true, "\(name)")
        }
        #expect(outcome.errors == "")
    }

    @Test func everyCommandHasHelpWithAnExample() async throws {
        for usage in CommandTable.usages where usage.name != "version" {
            #expect(!usage.examples.isEmpty, "\(usage.name)")
            #expect(HelpText.of(usage).contains("Usage: millrace \(usage.name)"))
        }
        let outcome = try await folder.millrace("run", "--help")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("--available-now"))
        let table = try await folder.millrace("help")
        #expect(table.output.contains("checkpoint list"))
        for arguments in [["table", "--help"], ["help", "table"], ["table", "-h"]] {
            let group = try await MillraceProcess.run(arguments, in: folder.url)
            #expect(group.status == 0)
            #expect(group.output.contains("table history") && !group.output.contains("checkpoint"), "\(group.output)")
        }
        #expect(try await folder.millrace("help", "run").output == outcome.output)
    }

    @Test func misspelledCommandsAndOptionsSuggestWhatWasMeant() async throws {
        let command = try await folder.millrace("vlidate")
        #expect(command.status == 2)
        #expect(
            command.errors
                == "millrace: invalidArgument: 'vlidate' is no command of millrace. Did you mean 'validate'?\n")
        let option = try await folder.millrace("run", "p.json", "--avaliable-now")
        #expect(option.status == 2)
        #expect(option.errors.contains("Did you mean '--available-now'?"))
        let inner = try await folder.millrace("table", "histry", "t")
        #expect(inner.errors.contains("Did you mean 'history'?"))
        #expect(try await folder.millrace("table").status == 2)
        #expect(try await folder.millrace().status == 2)
    }

    @Test func argumentsAreCheckedBeforeAnythingRuns() async throws {
        for arguments in [
            ["run"], ["run", "a.json", "b.json"], ["run", "a.json", "--for", "soon"],
            ["run", "a.json", "--progress", "x"],
            ["run", "a.json", "--once", "--available-now"], ["run", "missing.json"], ["sample", "a.json"],
            ["generate", "iot"], ["completion", "tcsh"], ["table", "describe", "nowhere"],
            ["infer", "nothing/*.jsonl"], ["infer", "nothing"], ["run", "."], ["help", "rum"],
            ["checkpoint", "show", "nowhere"], ["run", "a.json", "--set"],
        ] {
            let outcome = try await MillraceProcess.run(arguments, in: folder.url)
            #expect(outcome.status == 2, "\(arguments): \(outcome.errors)")
            #expect(outcome.output == "", "\(arguments)")
            #expect(outcome.errors.hasPrefix("millrace: "), "\(arguments): \(outcome.errors)")
        }
    }

    @Test func optionsMayStandAnywhereAndCarryTheirValueEitherWay() throws {
        let usage = RunCommand.usage
        let parsed = try ParsedArguments(
            ["--set=a.b=c", "--once", "p.json", "--set", "d=e", "--progress", "json"], for: usage)
        #expect(parsed.operands == ["p.json"])
        #expect(parsed.all("--set") == ["a.b=c", "d=e"])
        #expect(parsed.has("--once"))
        #expect(parsed.value("--progress") == "json")
        #expect(try ParsedArguments(["--", "--once"], for: usage).operands == ["--once"])
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionScriptsKnowEveryCommandAndOption(shell: String) async throws {
        let outcome = try await folder.millrace("completion", shell)
        #expect(outcome.status == 0)
        for usage in CommandTable.usages {
            for word in usage.name.split(separator: " ") { #expect(outcome.output.contains(word), "\(word)") }
            for option in usage.options { #expect(outcome.output.contains(option.name.dropFirst(2)), "\(option.name)") }
        }
    }

    @Test func bashCompletesCommandsAndOptions() async throws {
        let script = try await folder.millrace("completion", "bash").output
        try folder.write(
            script + """

                try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _millrace; echo "${COMPREPLY[@]}"; }
                try millrace val
                try millrace table hi
                try millrace generate iot --ro
                try millrace run p.json --avail
                try millrace run p.json --progress js
                """, to: "try.sh")
        let outcome = try await MillraceProcess.run(program: "/bin/bash", [folder.url.appending(path: "try.sh").path])
        #expect(outcome.output == "validate\nhistory\n--rows\n--available-now\njson\n", "\(outcome.errors)")
    }

    @Test func schemaIsOneJSONDocument() async throws {
        let schema = try JSONValue(parsing: try await folder.millrace("schema").output)
        #expect(schema["$id"] == "https://millrace.dev/schema/pipeline-1.json")
    }

    @Test func functionsAreListedForPeopleAndPrograms() async throws {
        let text = try await folder.millrace("functions", "substring")
        #expect(text.status == 0)
        let lines = try await folder.millrace("functions", "--format", "json").output.split(separator: "\n")
        for line in lines { #expect(try JSONValue(parsing: String(line))["usage"] != nil) }
        #expect(lines.count >= 120)
        #expect(try await folder.millrace("functions", "substrng").errors.contains("Did you mean 'substring'?"))
    }
}
