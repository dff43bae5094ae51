// SPDX-License-Identifier: Apache-2.0

/// Keys of the rows of a batch as bytes: equal keys have equal bytes, and others have not.
public struct EncodedKeys: Sendable {
    /// Key `i` is `bytes[offsets[i]..<offsets[i + 1]]`.
    public let offsets: Buffer<Int32>
    /// The keys behind each other.
    public let bytes: Buffer<UInt8>
    /// A hash of each key's bytes; part of the format of state.
    public let hashes: Buffer<Int64>

    /// Keys over finished memory.
    public init(offsets: Buffer<Int32>, bytes: Buffer<UInt8>, hashes: Buffer<Int64>) {
        precondition(offsets.count == hashes.count + 1)
        self.offsets = offsets
        self.bytes = bytes
        self.hashes = hashes
    }

    /// Keys as state holds them: a BINARY column without NULLs beside the hashes.
    public init(column: Column, hashes: Buffer<Int64>) {
        guard case .bytes(let offsets, let bytes) = column.expandingDictionary().storage else {
            preconditionFailure("keys are BINARY")
        }
        self.init(offsets: offsets, bytes: bytes, hashes: hashes)
    }

    /// How many keys there are.
    public var count: Int { hashes.count }

    /// The keys as a BINARY column. O(1).
    public var column: Column {
        Column(.binary, count: count, validity: nil, storage: .bytes(offsets: offsets, bytes: bytes))
    }

    /// The hashes as a BIGINT column. O(1).
    public var hashColumn: Column { Column(.bigint, hashes) }

    /// The keys at `rows`, in that order.
    public func taking(_ rows: Buffer<Int32>) -> EncodedKeys {
        EncodedKeys(column: column.taking(rows), hashes: hashes.taking(rows))
    }
}
