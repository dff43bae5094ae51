// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import Glibc

/// The librdkafka in the `confluent-kafka` wheel, which is newer than Debian's and takes its place when it comes first on the
/// library path.
public enum NewerLibrdkafka {
    /// The library, found through the Python of the tests (`MILLRACE_PYTHON`, else `.venv/bin/python`); `nil` when it is not installed.
    public static let file: String? = {
        let root = String(#filePath.dropLast("/Sources/StreamTesting/Kafka/NewerLibrdkafka.swift".count))
        let named = ProcessInfo.processInfo.environment["MILLRACE_PYTHON"] ?? ""
        let python = named.isEmpty ? root + "/.venv/bin/python" : named
        guard python.hasSuffix("/bin/python") || python.hasSuffix("/bin/python3") else { return nil }
        let library =
            python.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/") + "/lib"
        let manager = FileManager.default
        for version in (try? manager.contentsOfDirectory(atPath: library)) ?? [] {
            let folder = "\(library)/\(version)/site-packages/confluent_kafka.libs"
            for name in (try? manager.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix("librdkafka") {
                return "\(folder)/\(name)"
            }
        }
        return nil
    }()

    /// Runs the tests that `filter` selects once more, in a child of this process with the newer library and `environment` set.
    /// Gives the child's output when it fails, `nil` when all went well.
    public static func run(tests filter: String, environment: [String: String], in folder: TemporaryFolder) -> String? {
        guard let file else { return "confluent-kafka is not installed" }
        do {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/librdkafka.so.1", withDestinationPath: file)
            let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let log = folder.path + "/log"
            let settings = environment.merging(["LD_LIBRARY_PATH": folder.path]) { $1 }
                .map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
            let command =
                "\(settings) '\(executable)' --testing-library swift-testing --filter '\(filter)' >'\(log)' 2>&1"
            // SAFETY: the text is a C string for the call.
            let status = unsafe system(command)
            let output = String(decoding: try Data(contentsOf: URL(filePath: log)), as: UTF8.self)
            return status == 0 && output.contains(" 1 test ") ? nil : "status \(status): \(output)"
        } catch {
            return "\(error)"
        }
    }
}
