// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Standard output.
final class OutputTarget: RecordTarget {
    func write(_ records: RawRecords) { StandardStream.output.write(records.bytes.array) }
    func finish() {}
}
