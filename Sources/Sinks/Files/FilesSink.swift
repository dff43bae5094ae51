// SPDX-License-Identifier: Apache-2.0
import Columnar
public import Failures
import JSONText
import ObjectStore
public import StreamCore
import Synchronization

/// Writes the rows of a relation to files of a local folder, each epoch in files of its own, exactly once.
///
/// - `prepare` leaves complete, synchronised files under `_millrace/staging/`, which readers of data folders skip as hidden.
/// - `publish` moves them to `part-<epoch>-<worker>-<uuid>.json` or `.parquet`, then notes the epoch and where it came from in
///   `_millrace/log/<pipeline>.<sink>/`. Repeated, it moves what is left and notes what is not noted.
/// - A file is visible whole or not at all; the files of one epoch become visible one after the other.
/// - An epoch without rows writes nothing. Staged files of epochs that never came to be decided are removed when a later run
///   starts behind them.
public final class FilesSink: Sink {
    private let declaration: SinkDeclaration
    private let options: FilesSinkOptions
    private let store: LocalObjectStore
    private let logFolder: String
    private let state = Mutex(State())

    private struct State {
        var published: Int64?
        var writers: (epoch: Epoch, count: Int)?
    }

    static let staging = "_millrace/staging/"
    /// Older notes are removed; only the newest is ever read.
    private static let keptNotes: Int64 = 100

    /// A sink on the folder that the options name; nothing is made before rows come.
    public init(
        declaration: SinkDeclaration, options: FilesSinkOptions, pipeline: String
    ) throws(PipelineError) {
        self.declaration = declaration
        self.options = options
        let path = options.path.hasPrefix("file://") ? String(options.path.dropFirst("file://".count)) : options.path
        store = LocalObjectStore(root: path)
        let identity = "\(pipeline).\(declaration.name)".map { $0 == "/" || $0 == "\0" ? "_" : $0 }
        logFolder = "_millrace/log/\(String(identity))/"
    }

    private func located(_ error: PipelineError) -> PipelineError { error.within("sink", declaration.name) }

    /// Reads the newest note, and removes staged files of this sink that no note or checkpoint can want any more.
    public func recover() async throws(PipelineError) -> SinkPosition {
        do throws(PipelineError) {
            guard let newest = try await store.list(prefix: logFolder, startAfter: nil).last else { return .empty }
            let bytes = try await store.get(newest.key)
            guard let json = try? JSONValue(parsing: bytes), let provenance = Provenance(json) else {
                throw PipelineError(
                    .corruptFile, "'\(newest.key)' is no note of this sink", at: [.init("folder", store.root)],
                    hint: "Remove it if it was not written by Millrace")
            }
            state.withLock { $0.published = provenance.epoch.number }
            try await removeStaged(before: provenance.epoch)
            return .published(provenance.epoch, provenance)
        } catch {
            throw located(error)
        }
    }

    /// A token of an epoch below the newest note was published, or never decided.
    private func removeStaged(before epoch: Epoch) async throws(PipelineError) {
        let staged = try await store.list(prefix: Self.staging + stagedPrefix, startAfter: nil)
        for object in staged where object.key < Self.staging + stagedPrefix + Self.padded(epoch.number) {
            try await store.delete(object.key)
        }
    }

    /// Tells this sink's staged files from those of others in the same folder.
    private var stagedPrefix: String {
        logFolder.split(separator: "/").last.map { $0 + "." } ?? ""
    }

    private static func padded(_ number: Int64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 19 - digits.count)) + digits
    }

    /// A writer for one worker's share of an epoch; its file begins with its first rows.
    public func makeWriter(for epoch: Epoch) throws(PipelineError) -> any SinkWriter {
        let worker = state.withLock { state -> Int in
            let count = state.writers.map { $0.epoch == epoch ? $0.count : 0 } ?? 0
            state.writers = (epoch, count + 1)
            return count
        }
        let name = "part-\(Self.padded(epoch.number))-\(worker)-\(UniqueName.uuid()).\(options.format.rawValue)"
        let staged = Self.staging + stagedPrefix + Self.padded(epoch.number) + "." + name
        return FilesSinkWriter(
            schema: declaration.schema, options: options, name: name, stagedKey: staged, store: store)
    }

    /// Completes and synchronises the files of all workers.
    public func prepare(_ epoch: Epoch, writers: [any SinkWriter]) async throws(PipelineError) -> SinkToken {
        do throws(PipelineError) {
            var files: [JSONValue] = []
            for case let writer as FilesSinkWriter in writers {
                guard let rows = try await writer.finish() else { continue }
                files.append(
                    ["staged": .string(writer.stagedKey), "name": .string(writer.name), "rows": .number(rows)])
            }
            if files.isEmpty { return SinkToken("") }
            let token: JSONValue = ["format": 1, "files": .array(files)]
            return SinkToken(token.text, fileCount: files.count)
        } catch {
            throw located(error)
        }
    }

    /// Moves the staged files to their names and notes the epoch.
    public func publish(
        _ epoch: Epoch, _ token: SinkToken, provenance: Provenance
    ) async throws(PipelineError) -> PublishOutcome {
        if token.text.isEmpty { return .nothingToPublish }
        if let published = state.withLock({ $0.published }), published >= epoch.number { return .alreadyPublished }
        do throws(PipelineError) {
            for (staged, name) in try Self.files(of: token) {
                if try await store.move(staged, to: name) { continue }
                guard try await store.info(name) != nil else {
                    throw PipelineError(
                        .dataLoss, "'\(staged)' of epoch \(epoch) is gone before it was published",
                        at: [.init("folder", store.root)], hint: "Rewind the checkpoint to read the epoch again")
                }
            }
            let note = JSONValue.object(provenance.members)
            try await store.put(logFolder + Self.padded(epoch.number) + ".json", Array(note.text.utf8))
            if epoch.number >= Self.keptNotes {
                try await store.delete(logFolder + Self.padded(epoch.number - Self.keptNotes) + ".json")
            }
            state.withLock { $0.published = epoch.number }
            return .published(version: nil)
        } catch {
            throw located(error)
        }
    }

    private static func files(of token: SinkToken) throws(PipelineError) -> [(staged: String, name: String)] {
        let json = try? JSONValue(parsing: token.text)
        guard json?["format"]?.int64 == 1, let files = json?["files"]?.elements else {
            throw PipelineError(
                .corruptCheckpoint, "the checkpoint holds a token that this files sink cannot read",
                hint: "Use the release that wrote the checkpoint, or restore it")
        }
        return files.compactMap { file in
            guard let staged = file["staged"]?.string, let name = file["name"]?.string else { return nil }
            return (staged, name)
        }
    }

    /// Nothing runs in the background.
    public func close() async {}
}
