// SPDX-License-Identifier: Apache-2.0
import CJemalloc

/// jemalloc, which stands in for the C library's malloc in the whole process.
///
/// What librdkafka's threads allocate for each record, ours free: glibc takes a lock for either and sleeps when it is taken, which was a
/// sixth of the work of a pipeline from Kafka. `CJemalloc` also says how soon free memory goes back to the system.
enum AllocatorLibrary {
    /// As in "5.3.0".
    static var version: String {
        // SAFETY: a C string that lives as long as the library.
        let text = unsafe String(cString: millrace_allocator_version())
        return String(text.prefix { $0 != "-" })
    }

    /// Gives free memory back to the system within half a second of work from now on, where it was kept for seconds, to be used again.
    static func returnMemorySoon() { _ = hasBegunToReturnMemorySoon }

    private static let hasBegunToReturnMemorySoon: Bool = {
        millrace_allocator_return_soon()
        return true
    }()

    /// Within how many milliseconds of work free memory goes back.
    static var decayMilliseconds: Int { millrace_allocator_decay_milliseconds() }
}
