// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A shell command whose input stays open as long as this process lives, so that it can clean up afterwards.
@safe
final class WatchdogPipe: @unchecked Sendable {
    private let input: UnsafeMutablePointer<FILE>?

    init(_ command: String) {
        // SAFETY: the texts are C strings for the call; "e" keeps other children from holding the pipe open.
        unsafe input = unsafe popen(command, "we")
    }

    // SAFETY: the stream is ours and closed once; the child ends when it has cleaned up.
    deinit { if let input = unsafe input { unsafe fclose(input) } }
}
