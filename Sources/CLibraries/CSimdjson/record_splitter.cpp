// SPDX-License-Identifier: Apache-2.0
#include "record_splitter.h"
#include <cstring>

namespace {

/// Notes a record that ends before the line feed at `feed`.
inline void note(
    const uint8_t *bytes, int64_t start, int64_t feed, bool skip_blank, int32_t *starts, int32_t *ends, int64_t &count) {
    int64_t end = feed > start && bytes[feed - 1] == '\r' ? feed - 1 : feed;
    if (skip_blank) {
        int64_t first = start;
        while (first < end && (bytes[first] == ' ' || bytes[first] == '\t' || bytes[first] == '\r')) first++;
        if (first == end) return;
    }
    starts[count] = static_cast<int32_t>(start);
    ends[count] = static_cast<int32_t>(end);
    count++;
}

}  // namespace

extern "C" int64_t millrace_split_lines(
    const uint8_t *bytes, int64_t length, int32_t skip_blank, int32_t *starts, int32_t *ends, int64_t capacity,
    int64_t *consumed) {
    int64_t count = 0, start = 0;
    while (count < capacity && start < length) {
        const void *found = std::memchr(bytes + start, '\n', static_cast<size_t>(length - start));
        if (found == nullptr) break;
        int64_t feed = static_cast<const uint8_t *>(found) - bytes;
        note(bytes, start, feed, skip_blank != 0, starts, ends, count);
        start = feed + 1;
    }
    *consumed = start;
    return count;
}

extern "C" int64_t millrace_split_csv(
    const uint8_t *bytes, int64_t length, uint8_t delimiter, uint8_t quote, int32_t *starts, int32_t *ends,
    int64_t capacity, int64_t *consumed) {
    int64_t count = 0, start = 0, at = 0;
    while (count < capacity && at < length) {
        // At the start of a field.
        if (bytes[at] == quote) {
            const void *found = nullptr;
            for (at++; at < length; at++) {
                found = std::memchr(bytes + at, quote, static_cast<size_t>(length - at));
                if (found == nullptr) break;
                at = static_cast<const uint8_t *>(found) - bytes + 1;
                if (at >= length || bytes[at] != quote) break;
            }
            if (found == nullptr) break;
        }
        while (at < length && bytes[at] != delimiter && bytes[at] != '\n') at++;
        if (at == length) break;
        if (bytes[at] == '\n') {
            note(bytes, start, at, true, starts, ends, count);
            start = at + 1;
        }
        at++;
    }
    *consumed = start;
    return count;
}
