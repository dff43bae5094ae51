// SPDX-License-Identifier: Apache-2.0
public import Failures

/// Where a store's root is, as users write it: a path or a `file://` URI.
public enum StoreLocation: Hashable, Sendable {
    /// A folder of this machine, as a path.
    case local(path: String)

    /// Reads a path or URI.
    ///
    /// - Throws: `unsupported` for another scheme than `file`, `invalidArgument` for an empty path or a `file` URI with a host.
    public init(_ text: String) throws(PipelineError) {
        guard let scheme = Self.scheme(of: text) else {
            guard !text.isEmpty else { throw PipelineError(.invalidArgument, "the path of a table is empty") }
            self = .local(path: text)
            return
        }
        guard scheme.lowercased() == "file" else {
            throw PipelineError(
                .unsupported, "storage '\(scheme)://' is not supported (location '\(text)')",
                hint: "Give a path or a file:// URI")
        }
        var rest = text.dropFirst(scheme.count + 1)
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            if rest.hasPrefix("localhost/") { rest = rest.dropFirst("localhost".count) }
            guard rest.hasPrefix("/") else {
                throw PipelineError(
                    .invalidArgument, "'\(text)' names a host", hint: "Write file:///absolute/path, with three slashes")
            }
        }
        guard let path = PercentEncoding.decoded(rest) else {
            throw PipelineError(
                .invalidArgument,
                "'\(text)' has a '%' without two hexadecimal digits behind it, or does not decode to UTF-8")
        }
        guard !path.isEmpty else { throw PipelineError(.invalidArgument, "'\(text)' has no path") }
        self = .local(path: path)
    }

    /// A store whose root is this location.
    public func makeStore() -> any ObjectStore {
        switch self {
        case .local(let path): LocalObjectStore(root: path)
        }
    }

    /// One text for all spellings of the same place, to tell whether two locations are one.
    public var identity: String {
        switch self {
        case .local(let path):
            var trimmed = path
            while trimmed.count > 1 && trimmed.hasSuffix("/") { trimmed.removeLast() }
            return "file://" + SystemFile.canonical(trimmed)
        }
    }

    private static func scheme(of text: String) -> Substring? {
        guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else { return nil }
        let scheme = text[..<colon]
        guard scheme.count > 1, scheme.utf8.allSatisfy(isSchemeByte) else { return nil }
        return text[colon...].hasPrefix("://") || scheme.lowercased() == "file" ? scheme : nil
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
