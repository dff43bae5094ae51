// SPDX-License-Identifier: Apache-2.0
public import Foundation

/// Reads Delta tables with `deltalake` in Python, which knows nothing of our code.
public enum DeltaReader {
    /// The Python of the tests, or `nil` when there is none: then say so and skip.
    public static var python: String? {
        let path = ProcessInfo.processInfo.environment["MILLRACE_PYTHON"] ?? ".venv/bin/python"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// The rows of a table as JSON lines with sorted keys, sorted by line; the given columns only.
    public static func rows(of table: URL, columns: [String]) async throws -> [String] {
        let code = """
            import json, sys
            from deltalake import DeltaTable
            table = DeltaTable(sys.argv[1]).to_pyarrow_table(columns=sys.argv[2].split(","))
            for line in sorted(json.dumps(row, sort_keys=True, default=str) for row in table.to_pylist()):
                print(line)
            """
        return try await lines(code, [table.path, columns.joined(separator: ",")])
    }

    /// The newest version of a table.
    public static func version(of table: URL) async throws -> Int? {
        let code = "import sys; from deltalake import DeltaTable; print(DeltaTable(sys.argv[1]).version())"
        return try await lines(code, [table.path]).first.flatMap { Int($0) }
    }

    /// Leaves without the clean-up of native libraries, which sometimes aborts after everything is done.
    private static let leave = "\nimport os, sys\nsys.stdout.flush()\nos._exit(0)\n"

    /// What a Python program printed, as lines; nothing without a Python.
    public static func lines(_ code: String, _ arguments: [String]) async throws -> [String] {
        guard let python else { return [] }
        let outcome = try await MillraceProcess.run(program: python, ["-c", code + Self.leave] + arguments)
        guard outcome.status == 0 else { throw Failure(text: outcome.errors) }
        return outcome.output.split(separator: "\n").map(String.init)
    }

    /// What Python said.
    public struct Failure: Error, CustomStringConvertible {
        let text: String
        /// The text.
        public var description: String { text }
    }
}
