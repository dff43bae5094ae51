// SPDX-License-Identifier: Apache-2.0
import Failures
import PipelineSpec

/// Loads the text of a pipeline file for a test; no files, no environment but what is given.
func load(
    _ text: String, environment: [String: String] = [:], files: [String: String] = [:], overrides: [String] = []
) -> PipelineLoader.Outcome {
    let loader = PipelineLoader(environment: environment, cores: 2) { path throws(PipelineError) in
        guard let text = files[path] else { throw PipelineError(.missingFile, "the file '\(path)' does not exist") }
        return Array(text.utf8)
    }
    return loader.load(Array(text.utf8), file: "p.json", overrides: overrides)
}

/// The errors of a text as lines.
func errors(
    _ text: String, environment: [String: String] = [:], files: [String: String] = [:], overrides: [String] = []
) -> [String] {
    load(text, environment: environment, files: files, overrides: overrides).problems
        .filter { $0.severity == .error }.map(\.description)
}

/// A whole file without SQL, on lines of their own: each part can be replaced.
func file(
    name: String = #""name": "p""#, extra: String = "",
    source: String = #""type": "files", "path": "in", "schema": "a STRING, b INT, day DATE, ts TIMESTAMP""#,
    transforms: String = "{}",
    sinks: String = #""out": {"type": "delta", "from": "s", "table": "t"}"#,
    deadLetters: String = #""deadLetters": {"type": "delta", "table": "dead"}"#
) -> String {
    """
    {\(name),\(extra.isEmpty ? "" : " \(extra),")
    "sources": {"s": {\(source)}},
    "transforms": \(transforms),
    "sinks": {\(sinks)},
    \(deadLetters)}
    """
}
