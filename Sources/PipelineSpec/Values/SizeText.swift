// SPDX-License-Identifier: Apache-2.0

/// Reads sizes: `64 MiB`, `1.5 GB`, `4096`.
enum SizeText {
    /// What is accepted, for messages.
    static let hint = "write it as \"64 MiB\", \"1.5 GiB\" or \"500 MB\""

    /// Bytes; `nil` when it is no size of at least one byte.
    static func bytes(_ text: String) -> Int64? {
        let compact = text.filter { $0 != " " }
        let number = compact.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let scale: Int64? =
            switch compact.dropFirst(number.count).lowercased() {
            case "", "b", "byte", "bytes": 1
            case "kb": 1_000
            case "mb": 1_000_000
            case "gb": 1_000_000_000
            case "tb": 1_000_000_000_000
            case "k", "kib": 1 << 10
            case "m", "mib": 1 << 20
            case "g", "gib": 1 << 30
            case "t", "tib": 1 << 40
            default: nil
            }
        guard let scale, let bytes = DurationText.product(number, scale), bytes > 0 else { return nil }
        return bytes
    }
}
