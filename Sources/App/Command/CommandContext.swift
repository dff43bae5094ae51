// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import PipelineSpec
import Sources
import StreamCore

/// What commands get from the process: its environment and its log.
struct CommandContext: Sendable {
    /// The environment's variables.
    let environment: [String: String]
    /// The log.
    var log: Logger

    /// Writes a line that was asked for.
    func print(_ line: String) { StandardStream.output.line(line) }

    /// Reads a pipeline file; `nil` text means standard input is not supported.
    func load(
        _ path: String, overrides: [String] = [], discovered: [String: [Field]] = [:]
    ) throws(PipelineError) -> PipelineLoader.Outcome {
        var loader = PipelineLoader(environment: environment, cores: ThisProcess.cores) { path throws(PipelineError) in
            try LocalFile.read(path)
        }
        loader.tables = { table throws(PipelineError) in try FileTables().schemaBlocking(of: table) }
        return loader.load(try LocalFile.read(path), file: path, overrides: overrides, discovered: discovered)
    }

    /// Reads a pipeline file and shows what is wrong with it on standard error; `nil` when it cannot be used.
    func loadOrExplain(
        _ path: String, overrides: [String] = []
    ) throws(PipelineError) -> (pipeline: Pipeline, redactor: Redactor)? {
        let outcome = try load(path, overrides: overrides)
        for problem in outcome.problems where problem.severity == .error {
            StandardStream.errors.line(problem.description)
        }
        guard let pipeline = outcome.pipeline else { return nil }
        for problem in outcome.problems {
            log.labelled(pipeline.name).log(.debug, problem.description)
        }
        return (pipeline, Redactor(outcome.secrets))
    }
}
