// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText
import KafkaClient
import ObjectStore
import StreamCore

/// The files in which epochs wait for their transaction, in a folder of the checkpoint.
///
/// A file is a head and blocks, each framed as: length of the content, number of records, CRC-32C of the content (each UInt32,
/// little-endian), content. The head's content is JSON with the format number and the layout, and it counts no records.
struct KafkaSpool: Sendable {
    static let format: Int64 = 1
    static let frameBytes = 12
    /// Blocks hold about so many bytes of rows, or one row when that is larger.
    static let blockBytes = 1 << 20

    let store: LocalObjectStore

    init(folder: String) { store = LocalObjectStore(root: folder) }

    /// A name that sorts by epoch.
    static func name(_ epoch: Epoch) -> String {
        let digits = String(epoch.number)
        return String(repeating: "0", count: max(0, 19 - digits.count)) + digits + "-" + UniqueName.uuid() + ".spool"
    }

    /// The epoch of a file; `nil` when it is none of ours.
    static func epoch(ofFile name: String) -> Epoch? {
        guard name.hasSuffix(".spool") else { return nil }
        return Int64(name.prefix(19)).map { Epoch($0) }
    }

    /// Content behind its frame.
    static func framed(_ content: [UInt8], records: Int) -> Buffer<UInt8> {
        var bytes = BufferBuilder<UInt8>(capacity: frameBytes + content.count)
        bytes.append(littleEndian: UInt32(content.count))
        bytes.append(littleEndian: UInt32(records))
        bytes.append(littleEndian: CRC32C.of(content.span))
        bytes.append(contentsOf: content.span)
        return bytes.finish()
    }

    static func head(_ layout: KafkaBlock.Layout) -> Buffer<UInt8> {
        let json: JSONValue = [
            "format": .number(format), "key": .boolean(layout.hasKeys),
            "headers": .array(layout.headers.map { .string($0) }),
        ]
        return framed(Array(json.text.utf8), records: 0)
    }

    /// Removes the files of all epochs up to one, those of attempts that were never decided among them.
    func remove(through epoch: Epoch) async throws(PipelineError) {
        for file in try await store.list(prefix: "", startAfter: nil) {
            if let found = Self.epoch(ofFile: file.key), found <= epoch { try await store.delete(file.key) }
        }
    }
}
