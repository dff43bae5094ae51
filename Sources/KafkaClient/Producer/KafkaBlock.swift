// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// Many records as columns of bytes in one piece of memory: values, keys, headers. Can be kept in a file and read back.
///
/// For each column, one after another: where each element ends (Int32, little-endian, counted from the column's first byte), whether
/// it is there (one byte each), the bytes.
public struct KafkaBlock: Sendable, Hashable {
    /// Which columns blocks have.
    public struct Layout: Sendable, Hashable {
        /// Whether the second column holds keys.
        public var hasKeys: Bool
        /// The names of the headers, a column each.
        public var headers: [String]

        /// At most so many headers.
        public static let maxHeaders = 32

        /// A layout.
        public init(hasKeys: Bool, headers: [String]) {
            precondition(headers.count <= Self.maxHeaders)
            self.hasKeys = hasKeys
            self.headers = headers
        }
    }

    /// The columns.
    public let layout: Layout
    /// How many records there are.
    public let count: Int
    /// The memory.
    public let bytes: [UInt8]

    /// A block over finished memory, which is checked when it is sent.
    public init(layout: Layout, count: Int, bytes: [UInt8]) {
        self.layout = layout
        self.count = count
        self.bytes = bytes
    }

    /// A block of columns in the layout's order, all equally long.
    public init(layout: Layout, columns: [KafkaByteColumn]) {
        precondition(columns.count == 1 + (layout.hasKeys ? 1 : 0) + layout.headers.count)
        let count = columns.first?.ends.count ?? 0
        var bytes = BufferBuilder<UInt8>(
            capacity: columns.reduce(0) { $0 + $1.ends.count * 5 + $1.bytes.count })
        for column in columns {
            precondition(column.ends.count == count && column.present.count == count)
            let ends = column.ends.span
            for row in ends.indices { bytes.append(littleEndian: ends[row]) }
            bytes.append(contentsOf: column.present)
            bytes.append(contentsOf: column.bytes)
        }
        self.init(layout: layout, count: count, bytes: bytes.finish().array)
    }
}

/// One column of a block: element `i` is `bytes[ends[i - 1]..<ends[i]]`.
public struct KafkaByteColumn: Sendable {
    /// Where each element ends.
    public let ends: Buffer<Int32>
    /// 1 for each element that is there, 0 for a NULL.
    public let present: Buffer<UInt8>
    /// The bytes of all elements.
    public let bytes: Buffer<UInt8>

    /// A column.
    public init(ends: Buffer<Int32>, present: Buffer<UInt8>, bytes: Buffer<UInt8>) {
        self.ends = ends
        self.present = present
        self.bytes = bytes
    }
}
