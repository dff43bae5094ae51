// SPDX-License-Identifier: Apache-2.0
public import Foundation

/// A started process whose output and errors go to files, so that it never waits for a test to read them.
public final class RunningProcess: Sendable {
    private let process: Process
    private let ended: Task<Void, Never>
    private let folder: URL

    private var outputFile: URL { folder.appendingPathComponent("out") }
    private var errorsFile: URL { folder.appendingPathComponent("err") }

    /// Starts it.
    public init(_ program: URL, _ arguments: [String], in current: URL? = nil, environment: [String: String] = [:])
        throws
    {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process = Process()
        process.executableURL = program
        process.arguments = arguments
        if let current { process.currentDirectoryURL = current }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in continuation.finish() }
        ended = Task { for await _ in stream {} }
        for file in [outputFile, errorsFile] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorsFile)
        try process.run()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Whether it goes on.
    public var isRunning: Bool { process.isRunning }
    /// Its number.
    public var identifier: Int32 { process.processIdentifier }
    /// Standard output so far.
    public var output: String { text(of: outputFile) }
    /// Standard error so far.
    public var errors: String { text(of: errorsFile) }

    /// Waits until something is so, or the process has ended; on a thread of its own, so that other tests do not delay it.
    public func wait(until isSo: @escaping @Sendable () -> Bool) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                while isRunning, !isSo() { usleep(2_000) }
                continuation.resume()
            }
        }
    }

    /// Asks again and again until something is so, or the process has ended.
    public func poll(until isSo: () async throws -> Bool) async throws {
        while isRunning, try await !isSo() { try await Task.sleep(nanoseconds: 10_000_000) }
    }

    /// Sends the interrupt that Ctrl-C sends.
    public func interrupt() { process.interrupt() }

    /// Asks it to end, and waits until it has.
    public func stop() async -> MillraceProcess.Outcome {
        process.terminate()
        return await end()
    }

    /// Waits until it has ended.
    public func end() async -> MillraceProcess.Outcome {
        await ended.value
        let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return MillraceProcess.Outcome(status: status, output: output, errors: errors)
    }

    private func text(of file: URL) -> String {
        String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
    }
}
