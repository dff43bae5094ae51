// SPDX-License-Identifier: Apache-2.0

/// A name as written, without quotes.
struct IdentifierSyntax: Hashable, Sendable {
    let text: String
    let span: SourceSpan

    init(_ text: String, _ span: SourceSpan) {
        self.text = text
        self.span = span
    }

    /// The name as it is compared: names differ by more than case.
    var key: String { text.lowercased() }
}

extension [IdentifierSyntax] {
    /// From the first part to the last.
    var span: SourceSpan { isEmpty ? SourceSpan(0, 0) : self[0].span.to(self[count - 1].span) }

    /// The parts with dots between.
    var dotted: String { map(\.text).joined(separator: ".") }
}
