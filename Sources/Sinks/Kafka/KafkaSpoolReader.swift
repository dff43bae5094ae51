// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText
import KafkaClient
import ObjectStore

/// Reads the blocks of one spool file in order, and checks that they are whole and all there.
struct KafkaSpoolReader {
    private let spool: KafkaSpool
    private let file: KafkaSinkToken.File
    private var layout: KafkaBlock.Layout?
    private var chunk: [UInt8] = []
    /// Where the next frame starts in `chunk`.
    private var start = 0
    /// Where `chunk` ends in the file.
    private var position = 0
    private var records = 0

    private static let chunkBytes = 4 << 20

    init(_ spool: KafkaSpool, _ file: KafkaSinkToken.File) {
        self.spool = spool
        self.file = file
    }

    /// The next block; `nil` after the last.
    ///
    /// - Throws: `corruptFile` for a file that is damaged or shorter than its token says, `dataLoss` for one that is gone.
    mutating func next() async throws(PipelineError) -> KafkaBlock? {
        if layout == nil {
            guard let head = try await content() else { throw damaged("it is empty") }
            layout = try Self.layout(head.bytes, damaged: damaged)
        }
        guard let layout, let content = try await content() else {
            guard records == file.records else {
                throw damaged("it holds \(records) records, not \(file.records)")
            }
            return nil
        }
        records += content.records
        return KafkaBlock(layout: layout, count: content.records, bytes: content.bytes)
    }

    private static func layout(
        _ head: [UInt8], damaged: (String) -> PipelineError
    ) throws(PipelineError) -> KafkaBlock.Layout {
        guard let json = try? JSONValue(parsing: head), let hasKeys = json["key"]?.boolean,
            let headers = json["headers"]?.elements?.compactMap(\.string), headers.count <= KafkaBlock.Layout.maxHeaders
        else { throw damaged("its head cannot be read") }
        guard json["format"]?.int64 == KafkaSpool.format else {
            throw damaged("its format is \(json["format"]?.text ?? "unknown"), this release knows \(KafkaSpool.format)")
        }
        return KafkaBlock.Layout(hasKeys: hasKeys, headers: headers)
    }

    private mutating func content() async throws(PipelineError) -> (bytes: [UInt8], records: Int)? {
        guard try await fill(KafkaSpool.frameBytes) else {
            if start == chunk.count { return nil }
            throw damaged("it ends in a frame")
        }
        let (size, records, sum) = (Int(word(0)), Int(word(4)), word(8))
        guard try await fill(KafkaSpool.frameBytes + size) else { throw damaged("it ends in a block") }
        let from = start + KafkaSpool.frameBytes
        let bytes = Array(chunk[from..<from + size])
        guard CRC32C.of(bytes.span) == sum else { throw damaged("a check sum is wrong") }
        start = from + size
        return (bytes, records)
    }

    private func word(_ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(chunk[start + offset + $1]) << UInt32($1 * 8) }
    }

    /// Makes `count` bytes from `start` on be there. Returns false when the file ends before.
    private mutating func fill(_ count: Int) async throws(PipelineError) -> Bool {
        while chunk.count - start < count {
            let wanted = max(Self.chunkBytes, count - (chunk.count - start))
            let more: [UInt8]
            do throws(PipelineError) {
                more = try await spool.store.get(file.name, range: position..<position + wanted)
            } catch {
                guard error.code == .objectNotFound else { throw error }
                throw PipelineError(
                    .dataLoss, "the spool file '\(file.name)' is gone before its epoch was published",
                    at: [.init("folder", spool.store.root)], hint: "Rewind the checkpoint to read the epoch again")
            }
            if more.isEmpty { return false }
            chunk.removeSubrange(..<start)
            start = 0
            chunk += more
            position += more.count
        }
        return true
    }

    private func damaged(_ why: String) -> PipelineError {
        PipelineError(
            .corruptFile, "the spool file '\(file.name)' is damaged: \(why)", at: [.init("folder", spool.store.root)],
            hint: "Restore it, or rewind the checkpoint to read the epoch again")
    }
}
