// SPDX-License-Identifier: Apache-2.0

/// A range of bytes in a SQL text.
struct SourceSpan: Hashable, Sendable {
    /// The first byte.
    var start: Int
    /// The byte after the last.
    var end: Int

    init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = end
    }

    /// From the start of this span to the end of `other`.
    func to(_ other: SourceSpan) -> SourceSpan { SourceSpan(start, max(end, other.end)) }
}
