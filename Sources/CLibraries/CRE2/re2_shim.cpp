// SPDX-License-Identifier: Apache-2.0
#include "re2_shim.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <re2/re2.h>
#include <string>
#include <vector>

struct millrace_re2 {
    re2::RE2 expression;
    millrace_re2(const re2::StringPiece &pattern, const re2::RE2::Options &options) : expression(pattern, options) {}
};

namespace {

re2::RE2::Options quiet() {
    re2::RE2::Options options;
    options.set_log_errors(false);
    return options;
}

bool is_valid(const millrace_re2_texts *texts, size_t row) {
    return texts->valid == nullptr || (texts->valid[row >> 6] >> (row & 63) & 1) != 0;
}

re2::StringPiece text_at(const millrace_re2_texts *texts, size_t row) {
    return re2::StringPiece(
        reinterpret_cast<const char *>(texts->bytes) + texts->offsets[row],
        static_cast<size_t>(texts->offsets[row + 1] - texts->offsets[row]));
}

/// Grows by doubling; `failed` once memory is out or there are too many numbers.
struct Numbers {
    int32_t *values = static_cast<int32_t *>(std::malloc(64 * sizeof(int32_t)));
    size_t count = 0;
    size_t capacity = 64;
    bool failed = values == nullptr;

    void reserve(size_t additional) {
        if (failed || count + additional <= capacity) return;
        size_t wanted = std::max(count + additional, capacity * 2);
        auto *grown = wanted > INT32_MAX ? nullptr : static_cast<int32_t *>(std::realloc(values, wanted * sizeof(int32_t)));
        if (grown == nullptr) {
            failed = true;
            return;
        }
        values = grown;
        capacity = wanted;
    }
};

size_t next_code_point(const re2::StringPiece &text, size_t position) {
    position += 1;
    while (position < text.size() && (static_cast<unsigned char>(text[position]) & 0xC0) == 0x80) position += 1;
    return position;
}

}  // namespace

extern "C" millrace_re2 *millrace_re2_compile(const uint8_t *pattern, size_t length) {
    static const re2::RE2::Options options = quiet();
    return new (std::nothrow)
        millrace_re2(re2::StringPiece(reinterpret_cast<const char *>(pattern), length), options);
}

extern "C" void millrace_re2_free(millrace_re2 *expression) { delete expression; }

extern "C" const char *millrace_re2_error(const millrace_re2 *expression) {
    return expression->expression.ok() ? nullptr : expression->expression.error().c_str();
}

extern "C" int millrace_re2_group_count(const millrace_re2 *expression) {
    return expression->expression.NumberOfCapturingGroups();
}

extern "C" int millrace_re2_group_number(const millrace_re2 *expression, const uint8_t *name, size_t length) {
    const auto &groups = expression->expression.NamedCapturingGroups();
    auto found = groups.find(std::string(reinterpret_cast<const char *>(name), length));
    return found == groups.end() ? -1 : found->second;
}

extern "C" void millrace_re2_test(const millrace_re2 *expression, const millrace_re2_texts *texts, uint64_t *bits) {
    for (size_t row = 0; row < texts->count; row++) {
        if (!is_valid(texts, row)) continue;
        re2::StringPiece text = text_at(texts, row);
        if (expression->expression.Match(text, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0))
            bits[row >> 6] |= uint64_t(1) << (row & 63);
    }
}

extern "C" int32_t *millrace_re2_find(
    const millrace_re2 *expression, const millrace_re2_texts *texts, int groups, int32_t limit, int32_t *row_starts) {
    std::vector<re2::StringPiece> found(static_cast<size_t>(groups));
    Numbers numbers;
    int32_t matches = 0;
    row_starts[0] = 0;
    for (size_t row = 0; row < texts->count; row++) {
        if (is_valid(texts, row)) {
            re2::StringPiece text = text_at(texts, row);
            size_t position = 0;
            int32_t left = limit;
            while (position <= text.size() && !numbers.failed && (limit == 0 || left-- > 0)
                   && expression->expression.Match(
                       text, position, text.size(), re2::RE2::UNANCHORED, found.data(), groups)) {
                numbers.reserve(2 * found.size());
                if (numbers.failed) break;
                for (const auto &group : found) {
                    bool took_part = group.data() != nullptr;
                    int32_t begin = took_part ? static_cast<int32_t>(group.data() - text.data()) : -1;
                    numbers.values[numbers.count++] = begin;
                    numbers.values[numbers.count++] = took_part ? begin + static_cast<int32_t>(group.size()) : -1;
                }
                matches += 1;
                size_t end = static_cast<size_t>(found[0].data() - text.data()) + found[0].size();
                position = found[0].empty() ? next_code_point(text, end) : end;
            }
        }
        row_starts[row + 1] = matches;
    }
    if (numbers.failed) {
        std::free(numbers.values);
        return nullptr;
    }
    return numbers.values;
}
