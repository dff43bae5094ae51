// SPDX-License-Identifier: Apache-2.0

/// A place in a SQL text.
public struct SQLPosition: Hashable, Sendable {
    /// From 1.
    public let line: Int
    /// From 1, counted in Unicode scalars.
    public let column: Int
    /// Bytes of UTF-8 before the place.
    public let byteOffset: Int
    /// Bytes of UTF-8 that the place covers; 0 at the end of the text.
    public let length: Int

    /// A place given by its parts.
    public init(line: Int, column: Int, byteOffset: Int, length: Int) {
        self.line = line
        self.column = column
        self.byteOffset = byteOffset
        self.length = length
    }

    /// The place of a span in a text.
    ///
    /// O(text).
    init(_ span: SourceSpan, in text: some Collection<UInt8>) {
        var line = 1
        var column = 1
        for byte in text.prefix(span.start) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(line: line, column: column, byteOffset: span.start, length: max(0, span.end - span.start))
    }
}
