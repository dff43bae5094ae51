// SPDX-License-Identifier: Apache-2.0
// Growing column memory in Arrow's layout, with the roll-back of a row that a record-bounded decoder needs.
#pragma once
#include "byte_runs.hpp"
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace millrace {

/// Fixed-width values in 64-byte aligned memory with 64 bytes of padding, which can be handed to the caller.
template <typename T> struct Run {
    T *data = nullptr;
    size_t count = 0;
    size_t capacity = 0;

    Run() = default;
    Run(const Run &) = delete;
    Run &operator=(const Run &) = delete;
    ~Run() { std::free(data); }

    void reserve(size_t wanted) { if (wanted > capacity) grow(wanted); }
    void push(T value) {
        if (count == capacity) grow(count + 1);
        data[count++] = value;
    }
    /// Hands the memory over; never null.
    T *take() {
        if (data == nullptr) grow(1);
        T *memory = data;
        data = nullptr;
        count = capacity = 0;
        return memory;
    }

  private:
    __attribute__((noinline)) void grow(size_t wanted) {
        size_t size = wanted < capacity * 2 ? capacity * 2 : wanted;
        if (size < 16) size = 16;
        size_t bytes = (size * sizeof(T) + 64 + 63) / 64 * 64;
        T *memory = static_cast<T *>(std::aligned_alloc(64, bytes));
        if (memory == nullptr) throw std::bad_alloc();
        if (count > 0) std::memcpy(static_cast<void *>(memory), data, count * sizeof(T));
        std::free(data);
        data = memory;
        capacity = size;
    }
};

/// Which rows are not NULL; costs nothing until the first NULL comes.
struct Validity {
    Run<uint64_t> words;
    size_t count = 0;
    size_t nulls = 0;

    void append_valid() {
        if (nulls > 0) append_bit(true);
        count++;
    }
    void append_null() {
        if (nulls == 0) materialise();
        append_bit(false);
        nulls++;
        count++;
    }
    bool is_null(size_t row) const { return nulls > 0 && (words.data[row >> 6] >> (row & 63) & 1) == 0; }
    void truncate(size_t rows) {
        if (nulls > 0) {
            for (size_t row = rows; row < count; row++) if (is_null_bit(row)) nulls--;
            clear_after(rows);
        }
        count = rows;
    }
    /// Null when no row is.
    uint64_t *take() {
        uint64_t *result = nulls > 0 ? words.take() : nullptr;
        words.count = 0;
        count = nulls = 0;
        return result;
    }

  private:
    bool is_null_bit(size_t row) const { return (words.data[row >> 6] >> (row & 63) & 1) == 0; }
    void clear_after(size_t rows) {
        words.count = (rows + 63) / 64;
        if (rows & 63) words.data[rows >> 6] &= (uint64_t(1) << (rows & 63)) - 1;
    }
    void append_bit(bool valid) {
        if ((count & 63) == 0) words.push(valid);
        else words.data[count >> 6] |= uint64_t(valid) << (count & 63);
    }
    void materialise() {
        words.count = 0;
        words.reserve((count + 64) / 64);
        for (size_t i = 0; i < count / 64; i++) words.push(~uint64_t(0));
        if (count & 63) words.push((uint64_t(1) << (count & 63)) - 1);
    }
};

/// Strings of low cardinality by number. Lives over batches, so that the numbers of one value stay the same.
class StringDictionary {
  public:
    static constexpr size_t max_entries = 32768;
    static constexpr size_t max_bytes = 1 << 20;

    /// Grows by one with each change of content.
    uint64_t generation = 1;
    std::vector<int32_t> offsets{0};
    std::vector<uint8_t> bytes;

    size_t size() const { return offsets.size() - 1; }

    /// The number of a string, or -1 when it is new and `rows` rows do not justify so many values.
    int32_t find_or_add(const uint8_t *p, size_t n, size_t rows) {
        if (slots.empty()) slots.assign(2048, empty);
        uint64_t hash = hash_bytes(p, n);
        uint32_t tag = static_cast<uint32_t>(hash >> 32);
        size_t mask = slots.size() - 1;
        for (size_t at = hash & mask;; at = (at + 1) & mask) {
            Slot &slot = slots[at];
            if (slot.code < 0) return add(slot, tag, p, n, rows);
            if (slot.tag != tag) continue;
            if (slot.length == n && equal_bytes(bytes.data() + slot.start, p, n)) return slot.code;
        }
    }

    void clear() {
        offsets.assign(1, 0);
        bytes.clear();
        slots.clear();
        generation++;
    }

  private:
    struct Slot { uint32_t tag; int32_t code; uint32_t start, length; };
    static constexpr Slot empty{0, -1, 0, 0};
    std::vector<Slot> slots;

    __attribute__((noinline)) int32_t add(Slot &slot, uint32_t tag, const uint8_t *p, size_t n, size_t rows) {
        // 1024 values are free; beyond that five of eight rows may be new.
        if (size() >= 1024 + rows / 2 + rows / 8 || size() >= max_entries || bytes.size() + n > max_bytes) return -1;
        int32_t code = static_cast<int32_t>(size());
        slot = Slot{tag, code, static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(n)};
        bytes.insert(bytes.end(), p, p + n);
        offsets.push_back(static_cast<int32_t>(bytes.size()));
        generation++;
        if (size() * 2 > slots.size()) rehash();
        return code;
    }
    void rehash() {
        std::vector<Slot> larger(slots.size() * 2, empty);
        size_t mask = larger.size() - 1;
        for (const Slot &slot : slots) {
            if (slot.code < 0) continue;
            size_t at = hash_bytes(bytes.data() + slot.start, slot.length) & mask;
            while (larger[at].code >= 0) at = (at + 1) & mask;
            larger[at] = slot;
        }
        slots.swap(larger);
    }
};

}  // namespace millrace
