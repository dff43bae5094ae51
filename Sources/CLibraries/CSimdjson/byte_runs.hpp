// SPDX-License-Identifier: Apache-2.0
// Loads, comparison, hashing and copying of short byte runs, without a call into libc and without reading beyond their end.
#pragma once
#include <cstdint>
#include <cstring>

namespace millrace {

inline uint64_t load8(const uint8_t *p) { uint64_t v; std::memcpy(&v, p, 8); return v; }
inline uint32_t load4(const uint8_t *p) { uint32_t v; std::memcpy(&v, p, 4); return v; }

inline bool equal_bytes(const uint8_t *a, const uint8_t *b, size_t n) {
    if (n >= 8) {
        size_t i = 0;
        for (; i + 8 <= n; i += 8) if (load8(a + i) != load8(b + i)) return false;
        return load8(a + n - 8) == load8(b + n - 8);
    }
    if (n >= 4) return load4(a) == load4(b) && load4(a + n - 4) == load4(b + n - 4);
    for (size_t i = 0; i < n; i++) if (a[i] != b[i]) return false;
    return true;
}

inline uint64_t mix(uint64_t a, uint64_t b) {
    unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

/// Multiply-and-fold over 8-byte words, the last one overlapping. Not for untrusted tables without a size bound.
inline uint64_t hash_bytes(const uint8_t *p, size_t n) {
    constexpr uint64_t k0 = 0x9E3779B97F4A7C15ull, k1 = 0xD6E8FEB86659FD93ull;
    uint64_t h = k0 ^ n;
    if (n >= 8) {
        size_t i = 0;
        for (; i + 8 < n; i += 8) h = mix(h ^ load8(p + i), k1);
        return mix(h ^ load8(p + n - 8), k0);
    }
    uint64_t word = 0;
    if (n >= 4) {
        word = load4(p) | static_cast<uint64_t>(load4(p + n - 4)) << 32;
    } else {
        for (size_t i = 0; i < n; i++) word |= static_cast<uint64_t>(p[i]) << (8 * i);
    }
    return mix(h ^ word, k1);
}

inline bool has_byte(const uint8_t *p, size_t n, uint8_t byte) {
    constexpr uint64_t ones = 0x0101010101010101ull, highs = 0x8080808080808080ull;
    const uint64_t pattern = ones * byte;
    auto found = [&](uint64_t word) { word ^= pattern; return ((word - ones) & ~word & highs) != 0; };
    if (n >= 8) {
        for (size_t i = 0; i + 8 <= n; i += 8) if (found(load8(p + i))) return true;
        return found(load8(p + n - 8));
    }
    for (size_t i = 0; i < n; i++) if (p[i] == byte) return true;
    return false;
}

inline void copy_bytes(uint8_t *to, const uint8_t *from, size_t n) {
    if (n > 32) { std::memcpy(to, from, n); return; }
    if (n >= 8) {
        for (size_t i = 0; i + 8 <= n; i += 8) { uint64_t v = load8(from + i); std::memcpy(to + i, &v, 8); }
        uint64_t v = load8(from + n - 8);
        std::memcpy(to + n - 8, &v, 8);
        return;
    }
    for (size_t i = 0; i < n; i++) to[i] = from[i];
}

}  // namespace millrace
