// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Glibc
import Parquet

/// A state file that is being written: bytes go to the file and into its checksum.
@safe
final class StateFileOutput: ParquetOutput {
    private let descriptor: Int32
    private let path: String
    private let checksum: RunningChecksum
    private(set) var byteCount = 0

    /// Creates the file, or empties one that a crash left behind.
    init(path: String) throws(PipelineError) {
        checksum = try RunningChecksum()
        // SAFETY: the path is a C string for the call.
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        self.path = path
        guard descriptor >= 0 else { throw StateDisk.failure(errno, "a state file cannot be made", path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Writes the bytes at the end.
    func write(_ bytes: Buffer<UInt8>) throws(PipelineError) {
        let span = bytes.span
        var written = 0
        while written < span.count {
            // SAFETY: the memory is valid for its count during the call, and write does not keep it.
            let count = unsafe span.extracting(written..<span.count).withUnsafeBufferPointer {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw StateDisk.failure(errno, "a state file cannot be written", path) }
            written += count
        }
        checksum.add(span)
        byteCount += span.count
    }

    /// Makes the contents durable, and gives the checksum.
    func synchronize() throws(PipelineError) -> String {
        guard fsync(descriptor) == 0 else { throw StateDisk.failure(errno, "a state file cannot be synced", path) }
        return checksum.text
    }
}
