// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// Keeps the bytes of a file in memory, for small objects and tests.
public final class ParquetMemoryOutput: ParquetOutput {
    private var bytes = BufferBuilder<UInt8>()

    /// An empty output.
    public init() {}

    /// Appends the bytes.
    public func write(_ bytes: Buffer<UInt8>) throws(PipelineError) { self.bytes.append(contentsOf: bytes) }

    /// Hands the bytes over and begins anew.
    public func take() -> Buffer<UInt8> {
        var taken = BufferBuilder<UInt8>()
        swap(&taken, &bytes)
        return taken.finish()
    }
}
