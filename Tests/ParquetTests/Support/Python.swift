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

    /// An interpreter that has Spark; `nil` when `MILLRACE_SPARK_PYTHON` names none.
    static let spark = ProcessInfo.processInfo.environment["MILLRACE_SPARK_PYTHON"]

    static let isSparkMissing = spark == nil || isMissing

    static let packageRoot = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Lets Spark copy a file and returns the path of the copy.
    static func sparkCopy(_ file: String, to folder: String) throws -> String {
        let script = packageRoot.appendingPathComponent(
            "Tests/ParquetTests/Interoperability/Python/spark_copy.py")
        _ = try run(program: spark ?? "python3", [script.path, file, folder])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        guard let part = names.first(where: { $0.hasPrefix("part-") && $0.hasSuffix(".parquet") }) else {
            throw Failure(description: "Spark wrote nothing to \(folder)")
        }
        return folder + "/" + part
    }

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
