// SPDX-License-Identifier: Apache-2.0

/// Takes values that came from the environment or from files of secrets out of text that is shown.
struct Redactor: Sendable {
    /// The values, longest first, so that a value that is part of another does not save the rest of it.
    private let secrets: [String]

    /// Hides `secrets`. Values of one or two characters hide nothing, since every text has them.
    init(_ secrets: some Sequence<String> = []) {
        self.secrets = secrets.filter { $0.utf8.count > 2 }.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// The text with `***` in place of each value.
    func clean(_ text: String) -> String {
        secrets.reduce(text) { text, secret in
            text.contains(secret) ? text.replacing(secret, with: "***") : text
        }
    }
}
