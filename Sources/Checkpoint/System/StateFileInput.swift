// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Glibc
import Parquet

/// A state file that is being read. Its size and checksum are compared with the recorded ones before anything of it is used.
@safe
final class StateFileInput: ParquetInput {
    private let descriptor: Int32
    private let path: String
    let byteCount: Int

    /// Bytes that are read at once for the checksum.
    private static let pieceBytes = 1 << 20

    /// Opens a file and proves that it is whole.
    ///
    /// - Throws: `corruptCheckpoint` with the file.
    init(path: String, byteCount: Int, checksum: String) throws(PipelineError) {
        // SAFETY: the path is a C string for the call.
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        self.path = path
        self.byteCount = byteCount
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw StateDisk.failure(errno, "a state file cannot be opened", path) }
            throw Self.damaged("a state file is missing", path)
        }
        var status = stat()
        // SAFETY: status is a valid place for one stat structure.
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw StateDisk.failure(errno, "a state file cannot be looked at", path)
        }
        guard Int(status.st_size) == byteCount else {
            throw Self.damaged("a state file has \(status.st_size) bytes; \(byteCount) were written", path)
        }
        let found = try RunningChecksum()
        var start = 0
        while start < byteCount {
            let piece = try read(start..<min(start + Self.pieceBytes, byteCount))
            found.add(piece.span)
            start += piece.count
        }
        guard found.text == checksum else { throw Self.damaged("a state file is damaged: its checksum is wrong", path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The bytes in `range`.
    func read(_ range: Range<Int>) throws(PipelineError) -> Buffer<UInt8> {
        var bytes = BufferBuilder<UInt8>(capacity: range.count)
        var (filled, number): (Int, Int32) = (0, 0)
        // SAFETY: pread writes at most the rest of the target; a short result is thrown away with the error below.
        unsafe bytes.append(uninitializedCount: range.count) { target in
            while filled < range.count {
                // SAFETY: filled < range.count, which is the target's size.
                let place = unsafe target.baseAddress.map { unsafe $0 + filled }
                // SAFETY: the place has room for the remaining bytes.
                let count = unsafe pread(descriptor, place, range.count - filled, off_t(range.lowerBound + filled))
                if count < 0 && errno == EINTR { continue }
                if count < 0 { number = errno }
                guard count > 0 else { return }
                filled += count
            }
        }
        guard number == 0 else { throw StateDisk.failure(number, "a state file cannot be read", path) }
        guard filled == range.count else { throw Self.damaged("a state file ends too early", path) }
        return bytes.finish()
    }

    /// The error of a state file that is not what was written.
    static func damaged(_ what: String, _ path: String, cause: String = "") -> PipelineError {
        PipelineError(
            .corruptCheckpoint, what, at: [.init("file", path)],
            hint:
                "Restore the checkpoint's folder from a backup, go back with 'millrace checkpoint rewind', or give the step "
                + "another name and let its state go with --accept-loss", cause: cause)
    }
}
