// SPDX-License-Identifier: Apache-2.0
import CXXHash
import StreamCore

/// XXH64 by Yann Collet, over the little-endian bytes of numbers.
enum XXHash64: RowHash {
    private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
        0x27D4_EB2F_1656_67C5
    )

    static func hash(_ value: Int32, seed: Int64) -> Int64 {
        let start = UInt64(bitPattern: seed) &+ primes.4 &+ 4
        let mixed = start ^ UInt64(UInt32(bitPattern: value)) &* primes.0
        return finish(rotated(mixed, 23) &* primes.1 &+ primes.2)
    }

    static func hash(_ value: Int64, seed: Int64) -> Int64 {
        let start = UInt64(bitPattern: seed) &+ primes.4 &+ 8
        let mixed = start ^ rotated(UInt64(bitPattern: value) &* primes.1, 31) &* primes.0
        return finish(rotated(mixed, 27) &* primes.0 &+ primes.3)
    }

    static func hash(_ bytes: Span<UInt8>, seed: Int64) -> Int64 {
        // SAFETY: the pointer and count are those of the span, which outlives the call.
        let hash = unsafe bytes.withUnsafeBufferPointer {
            unsafe XXH64($0.baseAddress, $0.count, UInt64(bitPattern: seed))
        }
        return Int64(bitPattern: hash)
    }

    @inline(__always)
    private static func finish(_ hash: UInt64) -> Int64 {
        var hash = (hash ^ hash >> 33) &* primes.1
        hash = (hash ^ hash >> 29) &* primes.2
        return Int64(bitPattern: hash ^ hash >> 32)
    }

    @inline(__always)
    private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
}
