// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// Where the bytes of a file come from, at any place.
public protocol ParquetInput {
    /// The length of the file.
    var byteCount: Int { get }
    /// The bytes in `range`, which lies inside the file.
    func read(_ range: Range<Int>) throws(PipelineError) -> Buffer<UInt8>
}
