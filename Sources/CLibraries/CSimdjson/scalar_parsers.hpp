// SPDX-License-Identifier: Apache-2.0
// Text to typed values, bounded by the end of the text. None of them reads beyond `end`.
#pragma once
#include "byte_runs.hpp"
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

namespace millrace {

using Int128 = __int128;

enum class Outcome { ok, wrong_type, overflow };

inline bool is_digit(uint8_t c) { return static_cast<uint8_t>(c - '0') < 10; }

/// A number taken apart: up to 19 significant digits in `mantissa`, and where it stands.
struct NumberText {
    bool negative = false;
    bool integral = true;  // neither point nor exponent
    uint64_t mantissa = 0;
    int digits = 0;        // significant digits, all of them; for short texts only whether there are any
    int64_t exponent = 0;  // of the last digit
    const uint8_t *first_digit = nullptr;
    const uint8_t *end_digits = nullptr;
};

/// The usual case: a plain JSON number of at most 18 characters without exponent, which cannot overflow the mantissa.
inline bool scan_short_number(const uint8_t *p, const uint8_t *end, NumberText &out) {
    out.negative = *p == '-';
    p += out.negative;
    const uint8_t *whole = p;
    uint64_t mantissa = 0;
    while (p < end && is_digit(*p)) mantissa = mantissa * 10 + (*p++ - '0');
    if (p == whole || (*whole == '0' && p - whole > 1)) return false;
    out.first_digit = whole;
    if (p < end) {
        if (*p != '.') return false;
        const uint8_t *fraction = ++p;
        while (p < end && is_digit(*p)) mantissa = mantissa * 10 + (*p++ - '0');
        if (p == fraction || p < end) return false;
        out.integral = false;
        out.exponent = fraction - p;
    }
    out.end_digits = p;
    out.mantissa = mantissa;
    out.digits = mantissa != 0;
    return true;
}

/// Reads a number that fills `[p, end)`. `strict` is JSON's grammar; else a leading plus, zeros and a bare point are allowed.
inline bool scan_number(const uint8_t *p, const uint8_t *end, bool strict, NumberText &out) {
    if (p < end && (*p == '-' || (!strict && *p == '+'))) out.negative = *p++ == '-';
    const uint8_t *whole = p;
    out.first_digit = p;
    uint64_t mantissa = 0;
    int digits = 0;
    for (; p < end && is_digit(*p); p++) {
        uint8_t d = *p - '0';
        if (digits < 19) mantissa = mantissa * 10 + d;
        if (digits > 0 || d != 0) digits++;
    }
    size_t whole_digits = p - whole;
    if (strict && (whole_digits == 0 || (whole_digits > 1 && *whole == '0'))) return false;
    int64_t exponent = digits > 19 ? digits - 19 : 0;
    size_t fraction_digits = 0;
    if (p < end && *p == '.') {
        out.integral = false;
        const uint8_t *fraction = ++p;
        for (; p < end && is_digit(*p); p++) {
            uint8_t d = *p - '0';
            if (digits < 19) { mantissa = mantissa * 10 + d; exponent--; }
            if (digits > 0 || d != 0) digits++;
        }
        fraction_digits = p - fraction;
        if (strict && fraction_digits == 0) return false;
    }
    if (whole_digits + fraction_digits == 0) return false;
    out.end_digits = p;
    if (p < end && (*p | 0x20) == 'e') {
        out.integral = false;
        p++;
        bool minus = false;
        if (p < end && (*p == '+' || *p == '-')) minus = *p++ == '-';
        const uint8_t *start = p;
        int64_t value = 0;
        for (; p < end && is_digit(*p); p++) if (value < 1000000) value = value * 10 + (*p - '0');
        if (p == start) return false;
        exponent += minus ? -value : value;
    }
    out.mantissa = mantissa;
    out.digits = digits;
    out.exponent = exponent;
    return p == end;
}

template <typename T> inline Outcome to_integer(const NumberText &number, T &out) {
    if (!number.integral) return Outcome::wrong_type;
    if (number.digits > 19) return Outcome::overflow;
    uint64_t bound = static_cast<uint64_t>(std::numeric_limits<T>::max()) + (number.negative ? 1 : 0);
    if (number.mantissa > bound) return Outcome::overflow;
    out = static_cast<T>(number.negative ? 0 - number.mantissa : number.mantissa);
    return Outcome::ok;
}

inline const double *exact_powers() {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return powers;
}

/// Correctly rounded: small numbers by one exact operation (Clinger), others by from_chars.
inline Outcome to_double(const NumberText &number, const uint8_t *p, const uint8_t *end, double &out) {
    if (number.digits <= 19 && number.mantissa <= (uint64_t(1) << 53) && number.exponent >= -22 && number.exponent <= 22) {
        double value = static_cast<double>(number.mantissa);
        if (number.exponent < 0) value /= exact_powers()[-number.exponent];
        else value *= exact_powers()[number.exponent];
        out = number.negative ? -value : value;
        return Outcome::ok;
    }
    if (*p == '+') p++;
    auto result = std::from_chars(reinterpret_cast<const char *>(p), reinterpret_cast<const char *>(end), out);
    if (result.ec == std::errc::result_out_of_range) {
        if (number.digits == 0 || number.exponent + number.digits < 0) { out = number.negative ? -0.0 : 0.0; return Outcome::ok; }
        return Outcome::overflow;
    }
    return result.ec == std::errc() ? Outcome::ok : Outcome::wrong_type;
}

inline Outcome to_float(const NumberText &number, const uint8_t *p, const uint8_t *end, float &out) {
    if (number.digits <= 19 && number.mantissa <= (1u << 24) && number.exponent >= -10 && number.exponent <= 10) {
        // Exact in double, and float rounding of an exact quotient of such small operands is the only rounding.
        float value = static_cast<float>(number.mantissa);
        float power = static_cast<float>(exact_powers()[number.exponent < 0 ? -number.exponent : number.exponent]);
        value = number.exponent < 0 ? value / power : value * power;
        out = number.negative ? -value : value;
        return Outcome::ok;
    }
    if (*p == '+') p++;
    auto result = std::from_chars(reinterpret_cast<const char *>(p), reinterpret_cast<const char *>(end), out);
    if (result.ec == std::errc::result_out_of_range) {
        if (number.digits == 0 || number.exponent + number.digits < 0) { out = number.negative ? -0.0f : 0.0f; return Outcome::ok; }
        return Outcome::overflow;
    }
    return result.ec == std::errc() ? Outcome::ok : Outcome::wrong_type;
}

inline Int128 power_of_ten(int exponent) {
    Int128 value = 1;
    for (int i = 0; i < exponent; i++) value *= 10;
    return value;
}

enum class Rounding { half_up, floor };

/// The number times 10^scale as a whole number of at most `precision` (≤ 38) digits.
inline Outcome to_scaled(const NumberText &number, int precision, int scale, Rounding rounding, Int128 &out) {
    // `exponent` counts from the last digit kept in the mantissa; digits beyond the 19th are read again from the text.
    if (number.digits == 0) { out = 0; return Outcome::ok; }
    int significant = 0;
    for (const uint8_t *p = number.first_digit; p < number.end_digits; p++) {
        if (*p != '.' && (significant > 0 || *p != '0')) significant++;
    }
    const int64_t point = (significant < 19 ? significant : 19) + number.exponent;  // digits before the point; may be negative
    const int64_t keep = point + scale;
    if (keep > 38) return Outcome::overflow;
    Int128 value = 0;
    bool half = false, rest = false;
    int64_t seen = 0;
    for (const uint8_t *p = number.first_digit; p < number.end_digits; p++) {
        if (*p == '.') continue;
        if (seen == 0 && *p == '0') continue;
        if (seen < keep) value = value * 10 + (*p - '0');
        else {
            if (seen == keep && *p >= '5') half = true;
            if (*p != '0') rest = true;
        }
        seen++;
    }
    for (; seen < keep; seen++) value *= 10;
    if (rounding == Rounding::half_up ? (half && keep >= 0) : (rest && number.negative)) value += 1;
    if (value >= power_of_ten(precision)) return Outcome::overflow;
    out = number.negative ? -value : value;
    return Outcome::ok;
}

/// Days since 1970-01-01 of a proleptic Gregorian date.
inline int64_t days_from_civil(int64_t year, int month, int day) {
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

inline bool take_digits(const uint8_t *&p, const uint8_t *end, int least, int most, int &out) {
    int value = 0, count = 0;
    while (p < end && count < most && is_digit(*p)) { value = value * 10 + (*p++ - '0'); count++; }
    out = value;
    return count >= least;
}

/// `YYYY-M[M]-D[D]`; years 0001 to 9999.
inline bool take_date(const uint8_t *&p, const uint8_t *end, int64_t &days) {
    static const uint8_t lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    if (!take_digits(p, end, 4, 4, year) || year == 0 || p == end || *p++ != '-') return false;
    if (!take_digits(p, end, 1, 2, month) || month < 1 || month > 12 || p == end || *p++ != '-') return false;
    if (!take_digits(p, end, 1, 2, day) || day < 1 || day > lengths[month - 1]) return false;
    if (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0))) return false;
    days = days_from_civil(year, month, day);
    return true;
}

/// `h[h]:mm[:ss[.f…]]`; digits beyond the microsecond are dropped.
inline bool take_time(const uint8_t *&p, const uint8_t *end, int64_t &micros) {
    int hour, minute, second = 0;
    int64_t fraction = 0;
    if (!take_digits(p, end, 1, 2, hour) || hour > 23 || p == end || *p++ != ':') return false;
    if (!take_digits(p, end, 1, 2, minute) || minute > 59) return false;
    if (p < end && *p == ':') {
        p++;
        if (!take_digits(p, end, 1, 2, second) || second > 59) return false;
        if (p < end && *p == '.') {
            p++;
            int64_t unit = 100000;
            for (; p < end && is_digit(*p); p++, unit /= 10) fraction += (*p - '0') * unit;
        }
    }
    micros = ((hour * 60 + minute) * int64_t(60) + second) * 1000000 + fraction;
    return true;
}

/// Nothing, `Z`, `UTC`, `GMT` or `±hh[[:]mm[[:]ss]]`, blanks before it allowed. `found` says whether there was one.
inline bool take_zone(const uint8_t *p, const uint8_t *end, int64_t &offset_micros, bool &found) {
    while (p < end && *p == ' ') p++;
    offset_micros = 0;
    found = p < end;
    if (!found) return true;
    if (end - p == 1 && (*p == 'Z' || *p == 'z')) return true;
    if (end - p >= 3 && (equal_bytes(p, reinterpret_cast<const uint8_t *>("UTC"), 3) || equal_bytes(p, reinterpret_cast<const uint8_t *>("GMT"), 3))) {
        p += 3;
        if (p == end) return true;
    }
    if (*p != '+' && *p != '-') return false;
    bool minus = *p++ == '-';
    int hours, minutes = 0, seconds = 0;
    if (!take_digits(p, end, 1, 2, hours) || hours > 18) return false;
    if (p < end) {
        if (*p == ':') p++;
        if (!take_digits(p, end, 2, 2, minutes) || minutes > 59) return false;
        if (p < end) {
            if (*p == ':') p++;
            if (!take_digits(p, end, 2, 2, seconds) || seconds > 59) return false;
        }
    }
    int64_t total = (hours * 60 + minutes) * int64_t(60) + seconds;
    if (total > 18 * 3600) return false;
    offset_micros = (minus ? -total : total) * 1000000;
    return p == end;
}

inline void trim_blanks(const uint8_t *&p, const uint8_t *&end) {
    while (p < end && *p <= ' ') p++;
    while (end > p && end[-1] <= ' ') end--;
}

/// ISO 8601 or Spark's spelling with a blank. A time without zone is UTC. `zoned` tells whether a zone was given.
inline bool to_timestamp(const uint8_t *p, const uint8_t *end, int64_t &micros, bool &zoned) {
    zoned = false;
    int64_t days, time = 0, offset = 0;
    trim_blanks(p, end);
    if (!take_date(p, end, days)) return false;
    if (p < end) {
        if (*p != 'T' && *p != 't' && *p != ' ') return false;
        p++;
        if (!take_time(p, end, time) || !take_zone(p, end, offset, zoned)) return false;
    }
    micros = days * 86400000000ll + time - offset;
    return true;
}

/// A date, or the date of a timestamp as it is written.
inline bool to_date(const uint8_t *p, const uint8_t *end, int32_t &out) {
    trim_blanks(p, end);
    int64_t days;
    const uint8_t *start = p;
    if (!take_date(p, end, days)) return false;
    if (p < end) {
        int64_t micros;
        bool zoned;
        if (!to_timestamp(start, end, micros, zoned)) return false;
    }
    out = static_cast<int32_t>(days);
    return true;
}

/// RFC 4648 base64 with padding. Writes at most 3 bytes for 4 characters; returns the length or -1.
inline int64_t decode_base64(const uint8_t *p, size_t n, uint8_t *to) {
    if (n % 4 != 0) return -1;
    auto sextet = [](uint8_t c) -> int {
        if (c >= 'A' && c <= 'Z') return c - 'A';
        if (c >= 'a' && c <= 'z') return c - 'a' + 26;
        if (c >= '0' && c <= '9') return c - '0' + 52;
        return c == '+' ? 62 : c == '/' ? 63 : -1;
    };
    uint8_t *start = to;
    for (size_t i = 0; i < n; i += 4) {
        bool last = i + 4 == n;
        int padding = last && p[i + 3] == '=' ? (p[i + 2] == '=' ? 2 : 1) : 0;
        int a = sextet(p[i]), b = sextet(p[i + 1]);
        int c = padding == 2 ? 0 : sextet(p[i + 2]), d = padding >= 1 ? 0 : sextet(p[i + 3]);
        if ((a | b | c | d) < 0) return -1;
        uint32_t word = uint32_t(a) << 18 | uint32_t(b) << 12 | uint32_t(c) << 6 | uint32_t(d);
        *to++ = static_cast<uint8_t>(word >> 16);
        if (padding < 2) *to++ = static_cast<uint8_t>(word >> 8);
        if (padding < 1) *to++ = static_cast<uint8_t>(word);
    }
    return to - start;
}

/// Spark's words for numbers that are none, as text: `NaN`, `Infinity`, `INF` with an optional sign.
inline bool to_special(const uint8_t *p, size_t n, double &out) {
    auto is = [&](const char *word) { return n == std::strlen(word) && std::memcmp(p, word, n) == 0; };
    if (is("NaN")) out = std::numeric_limits<double>::quiet_NaN();
    else if (is("Infinity") || is("+Infinity") || is("INF") || is("+INF")) out = std::numeric_limits<double>::infinity();
    else if (is("-Infinity") || is("-INF")) out = -std::numeric_limits<double>::infinity();
    else return false;
    return true;
}

}  // namespace millrace
