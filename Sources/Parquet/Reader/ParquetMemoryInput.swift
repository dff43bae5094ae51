// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// A file that is in memory.
public struct ParquetMemoryInput: ParquetInput {
    private let bytes: Buffer<UInt8>

    /// A file of these bytes.
    public init(_ bytes: Buffer<UInt8>) { self.bytes = bytes }

    /// The length of the file.
    public var byteCount: Int { bytes.count }

    /// The bytes in `range`, not copied.
    public func read(_ range: Range<Int>) throws(PipelineError) -> Buffer<UInt8> { bytes.slice(range) }
}
