// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// One file, replaced.
final class FileTarget: RecordTarget {
    private let path: String

    init(path: String) throws(PipelineError) {
        self.path = path
        try LocalFile.write([], to: path)
    }

    func write(_ records: RawRecords) throws(PipelineError) {
        try LocalFile.write(records.bytes.array, to: path, appending: true)
    }

    func finish() {}
}
