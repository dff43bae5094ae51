// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Standard output or standard error, written at once and whole.
enum StandardStream: Int32, Sendable {
    case output = 1
    case errors = 2

    /// Writes bytes; gives up silently when nobody reads them any more.
    func write(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            let rest = bytes[start...]
            // SAFETY: the slice's memory lives for the call and has the length given.
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            start += count
        }
    }

    /// Writes text as it is.
    func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes text and a line end, in one call.
    func line(_ text: String) { write(Array(text.utf8) + [UInt8(ascii: "\n")]) }

    /// Whether a person looks at it.
    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// How many columns the terminal has; 80 when unknown.
    var columns: Int {
        var size = winsize()
        // SAFETY: the request fills the struct, which lives for the call.
        guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
