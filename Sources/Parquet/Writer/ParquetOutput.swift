// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// Where the bytes of a file go, in order, about a MiB at a time.
public protocol ParquetOutput {
    /// Takes the next bytes of the file.
    func write(_ bytes: Buffer<UInt8>) throws(PipelineError)
}
