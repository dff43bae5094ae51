// SPDX-License-Identifier: Apache-2.0
// Numbers and times as most writers spell them, eight characters at a time in one word (SWAR), without a branch per
// character. What these refuse is not wrong: the general parsers look at it.
#pragma once
#include "scalar_parsers.hpp"

namespace millrace {

/// The values of the `length` digits that end at `end`, the first one in the lowest byte after zeros.
/// `length` is 1 to 8; the eight bytes before `end` are read.
inline uint64_t digit_values(const uint8_t *end, size_t length) {
    return (load8(end - 8) ^ 0x3030303030303030ull) & (~uint64_t(0) << (64 - 8 * length));
}

/// Whether each of eight bytes is at most 9.
inline bool all_digits(uint64_t values) {
    return (((values + 0x7676767676767676ull) | values) & 0x8080808080808080ull) == 0;
}

/// The number that eight digit values spell.
inline uint32_t joined_digits(uint64_t values) {
    values = (values * 10 + (values >> 8)) & 0x00FF00FF00FF00FFull;
    values = (values * 100 + (values >> 16)) & 0x0000FFFF0000FFFFull;
    return static_cast<uint32_t>(values * 10000 + (values >> 32));
}

struct UsualNumber {
    bool negative;
    uint32_t mantissa;
    int fraction_digits;
};

/// A JSON number without exponent of at most eight characters besides its sign. The eight bytes before `end` are read.
inline bool usual_number(const uint8_t *start, const uint8_t *end, UsualNumber &out) {
    out.negative = *start == '-';
    const size_t length = static_cast<size_t>(end - start) - out.negative;
    if (length == 0 || length > 8) return false;
    const int first = 8 - static_cast<int>(length);
    uint64_t values = digit_values(end, length);
    const bool zero_first = (values >> (8 * first) & 0xFF) == 0;
    int whole = static_cast<int>(length);
    out.fraction_digits = 0;
    uint64_t points = values ^ 0x1E1E1E1E1E1E1E1Eull;  // '.' ^ '0'
    points = (points - 0x0101010101010101ull) & ~points & 0x8080808080808080ull;
    if (points != 0) {
        const int place = __builtin_ctzll(points) / 8;
        if (place == 7) return false;
        whole = place - first;
        out.fraction_digits = 7 - place;
        const uint64_t before = values & ((uint64_t(1) << (8 * place)) - 1);
        values = values >> (8 * place + 8) << (8 * place + 8) | before << 8;
    }
    if (whole == 0 || (whole > 1 && zero_first) || !all_digits(values)) return false;
    out.mantissa = joined_digits(values);
    return true;
}

/// A date as it was read last, since most times of a stream fall on few days.
struct LastDate {
    uint8_t text[10] = {'1', '9', '7', '0', '-', '0', '1', '-', '0', '1'};
    int64_t days = 0;

    /// Reads `YYYY-MM-DD` at `p`.
    bool read(const uint8_t *p) {
        if (load8(p) == load8(text) && p[8] == text[8] && p[9] == text[9]) return true;
        const uint8_t *at = p;
        int64_t found;
        if (!take_date(at, p + 10, found) || at != p + 10) return false;
        std::memcpy(text, p, 10);
        days = found;
        return true;
    }
};

/// `YYYY-MM-DDThh:mm:ss[.f…]` up to six digits, `Z` or nothing after it, and a blank in place of the `T` allowed.
inline bool usual_timestamp(const uint8_t *p, size_t length, LastDate &date, int64_t &micros, bool &zoned) {
    if (length < 19) return false;
    zoned = p[length - 1] == 'Z';
    length -= zoned;
    if (length < 19 || length == 20 || length > 26 || (p[10] != 'T' && p[10] != ' ') || !date.read(p)) return false;
    // hh:mm:ss with the colons as zeros, each of which must be one.
    const uint64_t clock = load8(p + 11) ^ 0x30303A30303A3030ull;
    if ((((clock + 0x76767F76767F7676ull) | clock) & 0x8080808080808080ull) != 0) return false;
    const uint64_t pairs = clock * 10 + (clock >> 8);
    const int64_t hour = pairs & 0xFF, minute = pairs >> 24 & 0xFF, second = pairs >> 48 & 0xFF;
    if (hour > 23 || minute > 59 || second > 59) return false;
    int64_t fraction = 0;
    if (length > 19) {
        static const int32_t units[] = {1, 10, 100, 1000, 10000, 100000};
        const uint64_t values = digit_values(p + length, length - 20);
        if (p[19] != '.' || !all_digits(values)) return false;
        fraction = int64_t(joined_digits(values)) * units[26 - length];
    }
    micros = (((date.days * 24 + hour) * 60 + minute) * 60 + second) * 1000000 + fraction;
    return true;
}

}  // namespace millrace
