// SPDX-License-Identifier: Apache-2.0
import Failures

/// One command of the program.
protocol Command: Sendable {
    /// What it is called, takes and does.
    static var usage: CommandUsage { get }

    /// The command with its arguments, which fit `usage`.
    init(_ arguments: ParsedArguments) throws(PipelineError)

    /// Does it. What people and programs asked for goes to standard output, everything else to the log.
    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode
}

/// How the process ends.
enum ExitCode: Int32, Sendable {
    case done = 0
    /// The input (file, flag, SQL) is wrong.
    case wrongInput = 2
    /// A run failed.
    case failed = 3
    /// Refused for safety: state loss, checkpoint and table differ, fenced, checkpoint in use.
    case refused = 4

    /// The code for an error.
    init(_ error: PipelineError) {
        switch error.code {
        case .invalidArgument, .invalidPipeline, .invalidSQL, .unknownName, .typeMismatch, .unsupported, .missingFile,
            .missingVariable, .tableNotFound:
            self = .wrongInput
        case .checkpointMismatch, .checkpointLocked, .fenced, .stateLoss: self = .refused
        default: self = .failed
        }
    }

    /// The code for an error of a run.
    ///
    /// A place that the file names and that is not there, or does not fit, or a setting that cannot be used, is a mistake in the file as
    /// long as the run has committed nothing; once it has, the file was good, and the run failed.
    init(ofRun error: PipelineError, hasCommitted: Bool) {
        let code = ExitCode(error)
        switch error.code {
        case .invalidArgument, .missingFile, .tableNotFound, .topicNotFound, .schemaMismatch, .unsupportedTableFeature,
            .unsupported:
            self = hasCommitted ? .failed : .wrongInput
        default: self = code == .wrongInput ? .failed : code
        }
    }
}
