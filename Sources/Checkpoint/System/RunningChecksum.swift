// SPDX-License-Identifier: Apache-2.0
import CXXHash
import Failures

/// XXH3 of 64 bits by Yann Collet, over bytes that come piece by piece. Finds damage, not forgery.
@safe
final class RunningChecksum {
    private let state: OpaquePointer

    init() throws(PipelineError) {
        guard let state = unsafe XXH3_createState() else {
            throw PipelineError(.memoryExceeded, "xxHash cannot allocate its state")
        }
        unsafe self.state = unsafe state
        // SAFETY: the state was just created.
        _ = unsafe XXH3_64bits_reset(state)
    }

    deinit {
        // SAFETY: it was created in init, and nobody else holds it.
        unsafe _ = XXH3_freeState(state)
    }

    /// Takes the next bytes.
    func add(_ bytes: Span<UInt8>) {
        // SAFETY: the library reads only inside the span, during the call.
        unsafe bytes.withUnsafeBufferPointer { unsafe _ = XXH3_64bits_update(state, $0.baseAddress, $0.count) }
    }

    /// The checksum so far, as 16 hexadecimal digits.
    var text: String {
        // SAFETY: the state is alive as long as self.
        let digits = String(unsafe XXH3_64bits_digest(state), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
