// SPDX-License-Identifier: Apache-2.0
import CXXHash
import Columnar
import Failures
import Glibc
import StreamCore
import Synchronization

/// One file of spilled rows: the bytes of batches behind each other. Their places and checksums are known to whoever wrote them.
@safe
final class SpilledRows: SpillFile {
    private let path: String
    /// The file while it is being written, and how long it is.
    private let state: Mutex<(descriptor: Int32?, byteCount: Int)>

    private let removes: Bool

    /// Creates the file.
    ///
    /// - Parameter removes: whether it vanishes with this object.
    init(path: String, removes: Bool = true) throws(PipelineError) {
        self.path = path
        self.removes = removes
        // SAFETY: the path is a C string for the call.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        state = Mutex((descriptor < 0 ? nil : descriptor, 0))
        guard descriptor >= 0 else { throw StateDisk.failure(errno, "a file for spilled state cannot be made", path) }
    }

    deinit {
        if let descriptor = state.withLock({ $0.descriptor }) { close(descriptor) }
        guard removes else { return }
        // SAFETY: the path is a C string for the call. A file that stays behind is removed at the next start.
        unsafe _ = unlink(path)
    }

    func append(_ rows: ColumnBatch) throws(PipelineError) -> SpillBlock {
        let bytes = BatchBytes.encode(rows)
        return try state.withLock { state throws(PipelineError) in
            guard let descriptor = state.descriptor else {
                throw PipelineError(.internalError, "spilled state is written after its end", at: [.init("file", path)])
            }
            try write(bytes, descriptor)
            defer { state.byteCount += bytes.count }
            return SpillBlock(
                offset: state.byteCount, byteCount: bytes.count, rowCount: rows.rowCount,
                checksum: Self.checksum(bytes))
        }
    }

    private func write(_ bytes: Buffer<UInt8>, _ descriptor: Int32) throws(PipelineError) {
        var written = 0
        while written < bytes.count {
            // SAFETY: the memory is valid for its count during the call, and write does not keep it.
            let count = unsafe bytes.slice(written..<bytes.count).withUnsafeBufferPointer {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let error = StateDisk.failure(errno, "state that does not fit into memory cannot be written", path)
                throw PipelineError(
                    error.code, error.what, at: [.init("file", path)],
                    hint: "Make room, or give the pipeline more \"memory\"; the next run goes on after its last epoch",
                    cause: error.cause)
            }
            written += count
        }
    }

    func seal() throws(PipelineError) {
        let failure = state.withLock { state -> Int32? in
            guard let descriptor = state.descriptor else { return nil }
            state.descriptor = nil
            return close(descriptor) == 0 ? nil : errno
        }
        if let failure { throw StateDisk.failure(failure, "spilled state cannot be written", path) }
    }

    func read(_ block: SpillBlock, _ schema: Schema) throws(PipelineError) -> ColumnBatch {
        let bytes = try bytes(of: block)
        guard Self.checksum(bytes) == block.checksum else { throw damaged("its checksum is wrong") }
        return BatchBytes.decode(bytes, schema: schema, rowCount: block.rowCount)
    }

    private func bytes(of block: SpillBlock) throws(PipelineError) -> Buffer<UInt8> {
        // SAFETY: the path is a C string for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw damaged("it is missing") }
            throw StateDisk.failure(errno, "spilled state cannot be opened", path)
        }
        defer { close(descriptor) }
        var bytes = BufferBuilder<UInt8>(capacity: block.byteCount)
        var (filled, number): (Int, Int32) = (0, 0)
        // SAFETY: pread writes at most the rest of the target; a short result is thrown away with the error below.
        unsafe bytes.append(uninitializedCount: block.byteCount) { target in
            while filled < block.byteCount {
                // SAFETY: filled < byteCount, which is the target's size.
                let place = unsafe target.baseAddress.map { unsafe $0 + filled }
                // SAFETY: the place has room for the remaining bytes.
                let count = unsafe pread(descriptor, place, block.byteCount - filled, off_t(block.offset + filled))
                if count < 0 && errno == EINTR { continue }
                if count < 0 { number = errno }
                guard count > 0 else { return }
                filled += count
            }
        }
        guard number == 0 else { throw StateDisk.failure(number, "spilled state cannot be read", path) }
        guard filled == block.byteCount else { throw damaged("it ends too early") }
        return bytes.finish()
    }

    private func damaged(_ cause: String) -> PipelineError {
        PipelineError(
            .corruptFile, "spilled state is damaged", at: [.init("file", path)],
            hint: "Run the pipeline again: spilled state is made anew from the checkpoint", cause: cause)
    }

    private static func checksum(_ bytes: Buffer<UInt8>) -> UInt64 {
        // SAFETY: the library reads only inside the buffer, during the call.
        unsafe bytes.withUnsafeBufferPointer { unsafe XXH3_64bits($0.baseAddress, $0.count) }
    }
}
