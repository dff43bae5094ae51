// SPDX-License-Identifier: Apache-2.0
public import Failures

/// Makes columns of keys that `KeyEncoder` encoded.
public struct KeyDecoder: Sendable {
    /// The types of the key columns.
    public let types: [DataType]

    /// A decoder of keys of these types.
    public init(_ types: [DataType]) { self.types = types }

    /// The key columns of a BINARY column without NULLs.
    ///
    /// - Throws: `corruptCheckpoint` when the bytes are not keys of these types.
    public func decode(_ column: Column) throws(PipelineError) -> [Column] {
        guard case .bytes(let offsets, let bytes) = column.expandingDictionary().storage else { throw Self.failure }
        let (starts, source) = (offsets.span, bytes.span)
        let nullBytes = (types.count + 7) / 8
        var cursors = BufferBuilder<Int32>(capacity: column.count)
        for row in 0..<column.count {
            guard starts[row + 1] - starts[row] >= Int32(nullBytes) else { throw Self.failure }
            cursors.append(starts[row] + Int32(nullBytes))
        }
        var columns: [Column] = []
        for (index, type) in types.enumerated() {
            var validity = BitmapBuilder(capacity: column.count)
            let bit = UInt8(1) << UInt8(index % 8)
            for row in 0..<column.count { validity.append(source[Int(starts[row]) + index / 8] & bit == 0) }
            let reader = KeyColumnReader(offsets: offsets, bytes: bytes, validity: validity.finishValidity())
            columns.append(try reader.read(type, at: &cursors))
        }
        return columns
    }

    static var failure: PipelineError {
        PipelineError(.corruptCheckpoint, "an encoded key does not fit its types")
    }
}
