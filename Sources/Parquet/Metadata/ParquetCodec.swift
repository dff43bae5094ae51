// SPDX-License-Identifier: Apache-2.0

/// The compression codecs, by their number in the file format.
enum ParquetCodec: Int32 {
    case uncompressed = 0
    case snappy = 1
    case gzip = 2
    case lzo = 3
    case brotli = 4
    case lz4 = 5
    case zstd = 6
    case lz4Raw = 7
}
