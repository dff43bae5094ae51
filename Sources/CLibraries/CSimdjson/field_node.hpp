// SPDX-License-Identifier: Apache-2.0
// One node of the declared schema with the column memory that a batch fills.
#pragma once
#include "column_builder.hpp"
#include "include/record_decoder.h"
#include <memory>

namespace millrace {

using Int128 = __int128;

struct Node;

/// A member of an object as it was written, `"name":`, and its field; null when the schema has none.
struct Member {
    std::string text;
    Node *child = nullptr;
};

struct Node {
    millrace_kind kind;
    bool nullable;
    int precision, scale;
    std::string name;
    int id = 0;
    /// Nodes `id ..< end` are this one and everything below it.
    int end = 0;
    Node *parent = nullptr;
    std::vector<Node *> children;

    /// STRUCT: the member that stood at each place of the last object; a guess for the next.
    std::vector<Member> members;
    std::vector<int32_t> name_slots;

    Validity validity;
    Run<uint64_t> words;  // BOOLEAN
    Run<int8_t> int8;
    Run<int16_t> int16;
    Run<int32_t> int32;  // also DATE, dictionary codes
    Run<int64_t> int64;
    Run<float> float32;
    Run<double> float64;
    Run<Int128> int128;
    Run<int32_t> offsets;  // plain strings, ARRAY, MAP
    Run<uint8_t> bytes;
    StringDictionary dictionary;
    bool uses_dictionary = false;
    /// Batches that pass before a column that turned out to be of high cardinality tries a dictionary again.
    int plain_batches = 0;
    static constexpr int plain_batches_after_giving_up = 64;

    size_t count() const { return validity.count; }

    /// Readies the memory for a batch of about `rows` rows.
    void begin(size_t rows) {
        validity.count = validity.nulls = 0;
        words.count = 0;
        switch (kind) {
        case MILLRACE_BOOLEAN: words.reserve(rows / 64 + 1); break;
        case MILLRACE_INT8: int8.count = 0; int8.reserve(rows); break;
        case MILLRACE_INT16: int16.count = 0; int16.reserve(rows); break;
        case MILLRACE_INT32: case MILLRACE_DATE: int32.count = 0; int32.reserve(rows); break;
        case MILLRACE_INT64: case MILLRACE_TIMESTAMP: case MILLRACE_TIMESTAMP_NTZ: int64.count = 0; int64.reserve(rows); break;
        case MILLRACE_FLOAT: float32.count = 0; float32.reserve(rows); break;
        case MILLRACE_DOUBLE: float64.count = 0; float64.reserve(rows); break;
        case MILLRACE_DECIMAL: int128.count = 0; int128.reserve(rows); break;
        case MILLRACE_STRING:
            int32.count = offsets.count = bytes.count = 0;
            if (!uses_dictionary && may_use_dictionary && --plain_batches <= 0) {
                uses_dictionary = true;
                dictionary.clear();
            }
            if (uses_dictionary) int32.reserve(rows);
            else begin_offsets(rows);
            break;
        case MILLRACE_BINARY: bytes.count = 0; begin_offsets(rows); break;
        case MILLRACE_ARRAY: case MILLRACE_MAP: begin_offsets(rows); break;
        case MILLRACE_STRUCT: break;
        }
    }

    /// Whether values repeat often enough for a try; false for the rescue column.
    bool may_use_dictionary = false;

    void append_string(const uint8_t *p, size_t n) {
        if (uses_dictionary) {
            int32_t code = dictionary.find_or_add(p, n, validity.count);
            if (code >= 0) {
                int32.push(code);
                validity.append_valid();
                return;
            }
            give_up_dictionary();
        }
        append_plain(p, n);
        validity.append_valid();
    }
    void append_plain(const uint8_t *p, size_t n) {
        bytes.reserve(bytes.count + n);
        copy_bytes(bytes.data + bytes.count, p, n);
        bytes.count += n;
        offsets.push(static_cast<int32_t>(bytes.count));
    }
    void append_boolean(bool value) {
        push_bit(value);
        validity.append_valid();
    }

    /// A NULL with a meaningless value below it.
    void append_null() {
        switch (kind) {
        case MILLRACE_BOOLEAN: push_bit(false); break;
        case MILLRACE_INT8: int8.push(0); break;
        case MILLRACE_INT16: int16.push(0); break;
        case MILLRACE_INT32: case MILLRACE_DATE: int32.push(0); break;
        case MILLRACE_INT64: case MILLRACE_TIMESTAMP: case MILLRACE_TIMESTAMP_NTZ: int64.push(0); break;
        case MILLRACE_FLOAT: float32.push(0); break;
        case MILLRACE_DOUBLE: float64.push(0); break;
        case MILLRACE_DECIMAL: int128.push(0); break;
        case MILLRACE_STRING:
            if (uses_dictionary) int32.push(0);
            else offsets.push(static_cast<int32_t>(bytes.count));
            break;
        case MILLRACE_BINARY: offsets.push(static_cast<int32_t>(bytes.count)); break;
        case MILLRACE_ARRAY: case MILLRACE_MAP: offsets.push(offsets.data[offsets.count - 1]); break;
        case MILLRACE_STRUCT: for (Node *child : children) child->append_null(); break;
        }
        validity.append_null();
    }

    /// Forgets the rows from `rows` on, here and below.
    void truncate(size_t rows) {
        if (count() <= rows && kind != MILLRACE_STRUCT && kind != MILLRACE_ARRAY && kind != MILLRACE_MAP) return;
        switch (kind) {
        case MILLRACE_BOOLEAN:
            words.count = (rows + 63) / 64;
            if (rows & 63) words.data[rows >> 6] &= (uint64_t(1) << (rows & 63)) - 1;
            break;
        case MILLRACE_INT8: int8.count = rows; break;
        case MILLRACE_INT16: int16.count = rows; break;
        case MILLRACE_INT32: case MILLRACE_DATE: int32.count = rows; break;
        case MILLRACE_INT64: case MILLRACE_TIMESTAMP: case MILLRACE_TIMESTAMP_NTZ: int64.count = rows; break;
        case MILLRACE_FLOAT: float32.count = rows; break;
        case MILLRACE_DOUBLE: float64.count = rows; break;
        case MILLRACE_DECIMAL: int128.count = rows; break;
        case MILLRACE_STRING:
            if (uses_dictionary) { int32.count = rows; break; }
            [[fallthrough]];
        case MILLRACE_BINARY:
            offsets.count = rows + 1;
            bytes.count = offsets.data[rows];
            break;
        case MILLRACE_ARRAY: case MILLRACE_MAP:
            // Elements of a list that was broken off have no offset yet, so they go even when the list itself is not there.
            if (offsets.count > rows + 1) offsets.count = rows + 1;
            for (Node *child : children) child->truncate(offsets.data[offsets.count - 1]);
            break;
        case MILLRACE_STRUCT: for (Node *child : children) child->truncate(rows); break;
        }
        if (count() > rows) validity.truncate(rows);
    }

    /// A dictionary that most rows of a small batch do not use costs more than it saves.
    void finish() {
        if (kind == MILLRACE_STRING && uses_dictionary && dictionary.size() > 64 && count() * 2 < dictionary.size()) {
            expand_codes();
        }
    }
    bool has_codes() const { return kind == MILLRACE_STRING && uses_dictionary && offsets.count == 0; }

  private:
    void begin_offsets(size_t rows) {
        offsets.count = 0;
        offsets.reserve(rows + 1);
        offsets.push(0);
    }
    void push_bit(bool value) {
        size_t row = validity.count;
        if ((row & 63) == 0) words.push(value);
        else words.data[row >> 6] |= uint64_t(value) << (row & 63);
    }
    void expand_codes() {
        begin_offsets(int32.count);
        bytes.count = 0;
        for (size_t row = 0; row < int32.count; row++) {
            if (validity.is_null(row) || dictionary.size() == 0) {
                offsets.push(static_cast<int32_t>(bytes.count));
                continue;
            }
            size_t start = dictionary.offsets[int32.data[row]], end = dictionary.offsets[int32.data[row] + 1];
            append_plain(dictionary.bytes.data() + start, end - start);
        }
        int32.count = 0;
    }
    __attribute__((noinline)) void give_up_dictionary() {
        expand_codes();
        uses_dictionary = false;
        plain_batches = plain_batches_after_giving_up;
        dictionary.clear();
    }
};

}  // namespace millrace
