// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore

/// The files of a table: one file, all of a folder, or those that a pattern matches.
struct FileTable {
    private let path: String

    init(_ path: String) { self.path = path.hasPrefix("file://") ? String(path.dropFirst(7)) : path }

    /// The files by name.
    ///
    /// - Throws: `missingFile` when there are none.
    func listed() throws(PipelineError) -> [FileListing.Entry] {
        let found = try FileListing(path: path, recursive: true).entries { _, _ in } ?? []
        guard !found.isEmpty else {
            throw PipelineError(.missingFile, "there are no files at '\(path)'", hint: "Check the path of the table")
        }
        return found.sorted { $0.path < $1.path }
    }

    /// A text that changes with the files.
    static func version(of files: [FileListing.Entry]) -> String {
        let text = files.map { "\($0.path)\n\($0.byteCount) \($0.modifiedMicros)\n" }.joined()
        let digest = UInt64(bitPattern: KeyHash.hash(Array(text.utf8).span))
        return "\(files.count) files \(String(digest, radix: 16))"
    }

    /// The bytes of a file, decompressed where its name says so.
    static func bytes(_ file: FileListing.Entry) throws(PipelineError) -> Buffer<UInt8> {
        var source = try FileBytes(path: file.path, start: 0, end: file.byteCount, identity: nil)
        var builder = BufferBuilder<UInt8>(capacity: Int(file.byteCount))
        while try source.read(upTo: 1 << 20, into: &builder) {}
        let bytes = builder.finish()
        let hasMark = bytes.count >= 3 && bytes.slice(0..<3).array == [0xEF, 0xBB, 0xBF]
        return hasMark ? bytes.slice(3..<bytes.count) : bytes
    }

    /// The records of a file, a bounded number at a time.
    static func records(
        _ file: FileListing.Entry, _ format: RecordFormat, _ body: (RawRecords) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        do throws(PipelineError) {
            var rest = try bytes(file)
            var position: Int64 = 0
            let splitter = LineSplitter(format: format)
            while rest.count > 0 {
                let (records, consumed) = splitter.split(rest, at: position, takesRest: true)
                guard consumed > 0 else { return }
                try body(records)
                rest = rest.slice(consumed..<rest.count)
                position += Int64(consumed)
            }
        } catch {
            throw error.within("file", file.path)
        }
    }

    /// The rows of records, all of which must fit.
    static func rows(_ records: RawRecords, _ decoder: RecordDecoder) throws(PipelineError) -> ColumnBatch {
        let decoded = try decoder.decode(records)
        if let bad = decoded.malformed.first {
            throw PipelineError(
                bad.code, bad.message, at: [.init("byte", "\(records.positions[bad.recordIndex])")],
                hint: "A table must be whole: mend or remove the record")
        }
        return decoded.rows
    }
}
