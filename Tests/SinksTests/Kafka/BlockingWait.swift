// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Holds a thread, as a machine that stands still does.
enum BlockingWait {
    static func seconds(_ seconds: UInt32) { _ = sleep(seconds) }
}
