// SPDX-License-Identifier: Apache-2.0
public import Foundation

/// The built `millrace` as a process, as a user runs it.
public struct MillraceProcess: Sendable {
    /// How a run ended.
    public struct Outcome: Sendable {
        /// The exit code, or the negative number of the signal that ended it.
        public let status: Int32
        /// Standard output.
        public let output: String
        /// Standard error.
        public let errors: String
    }

    /// The binary: `MILLRACE_BINARY`, else the one that was built beside the tests.
    public static var binary: URL {
        if let path = ProcessInfo.processInfo.environment["MILLRACE_BINARY"] { return URL(fileURLWithPath: path) }
        return Bundle.main.bundleURL.appendingPathComponent("millrace")
    }

    /// Starts it.
    public static func start(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:]
    ) throws -> RunningProcess {
        try RunningProcess(binary, arguments, in: folder, environment: environment)
    }

    /// Runs it to its end.
    public static func run(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:]
    ) async throws -> Outcome {
        await (try start(arguments, in: folder, environment: environment)).end()
    }

    /// Runs a program of the test environment, for example an independent reader.
    public static func run(program: String, _ arguments: [String]) async throws -> Outcome {
        await (try RunningProcess(URL(fileURLWithPath: program), arguments)).end()
    }
}
