// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Runs the Python scripts beside the tests with the interpreter that has the independent readers.
enum Python {
    /// The interpreter: `MILLRACE_PYTHON`, else the one of `.venv` in the package; `nil` when there is none.
    static let interpreter: String? = {
        let named = ProcessInfo.processInfo.environment["MILLRACE_PYTHON"]
        let path = named ?? packageRoot.appendingPathComponent(".venv/bin/python").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    static let isMissing = interpreter == nil

    static let packageRoot = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Runs a script and returns what it printed.
    static func run(_ script: String, _ arguments: [String]) throws -> String {
        let folder = packageRoot.appendingPathComponent("Tests/ParquetTests/Interoperability/Python")
        return try run(program: interpreter ?? "python3", [folder.appendingPathComponent(script).path] + arguments)
    }

    /// Runs a program and returns what it printed; throws when it fails.
    static func run(program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let (output, errors) = (Pipe(), FileHandle.standardError)
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(program) \(arguments) ended with \(process.terminationStatus)")
        }
        return String(decoding: printed, as: UTF8.self)
    }

    struct Failure: Error, CustomStringConvertible { let description: String }
}
