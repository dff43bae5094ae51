// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Files of a million records in a folder, numbered after those that are there. A file gets its name when it is complete.
final class FolderTarget: RecordTarget {
    private let folder: String
    private var number: Int
    private var count = 0
    private static let recordsPerFile = 1_000_000

    init(folder: String) throws(PipelineError) {
        self.folder = folder.hasSuffix("/") && folder != "/" ? String(folder.dropLast()) : folder
        try LocalFile.makeFolder(self.folder)
        let numbers = try LocalFile.names(in: self.folder).compactMap { name -> Int? in
            guard name.hasPrefix("part-"), name.hasSuffix(".jsonl") else { return nil }
            return Int(name.dropFirst(5).dropLast(6))
        }
        number = (numbers.max() ?? -1) + 1
    }

    private var name: String { "part-\(TimeText.padded(Int64(number), 5)).jsonl" }
    private var hidden: String { "\(folder)/.\(name).tmp" }

    func write(_ records: RawRecords) throws(PipelineError) {
        try LocalFile.write(records.bytes.array, to: hidden, appending: count > 0)
        count += records.count
        if count >= Self.recordsPerFile { try finish() }
    }

    func finish() throws(PipelineError) {
        guard count > 0 else { return }
        try LocalFile.rename(hidden, to: "\(folder)/\(name)")
        (number, count) = (number + 1, 0)
    }
}
