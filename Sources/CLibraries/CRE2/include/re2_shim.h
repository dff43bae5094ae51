// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
/// A compiled regular expression. Owned by the caller; free with `millrace_re2_free`. May be used by several threads.
typedef struct millrace_re2 millrace_re2;

/// Texts side by side: text `i` is `bytes[offsets[i]]` up to `bytes[offsets[i + 1]]`. A text whose bit in `valid` is 0 is left out;
/// `valid` may be null.
typedef struct millrace_re2_texts {
    const uint8_t *bytes;
    const int32_t *offsets;
    size_t count;
    const uint64_t *valid;
} millrace_re2_texts;

/// Compiles a pattern of UTF-8. Never null unless memory is out; ask `millrace_re2_error` whether it succeeded.
millrace_re2 *millrace_re2_compile(const uint8_t *pattern, size_t length);
void millrace_re2_free(millrace_re2 *expression);
/// Why the pattern could not be compiled; null when it could. Lives as long as the expression.
const char *millrace_re2_error(const millrace_re2 *expression);
/// How many capturing groups there are.
int millrace_re2_group_count(const millrace_re2 *expression);
/// The number of a named group; -1 when there is none.
int millrace_re2_group_number(const millrace_re2 *expression, const uint8_t *name, size_t length);
/// Sets bit `i` of `bits`, which must be cleared, for each text that has a match anywhere.
void millrace_re2_test(const millrace_re2 *expression, const millrace_re2_texts *texts, uint64_t *bits);
/// Finds up to `limit` matches (all for 0) of each text, one behind the other.
///
/// `row_starts` gets `count + 1` numbers: the matches of text `i` are `row_starts[i]..<row_starts[i + 1]`. The answer is
/// an array to be freed by `free`: for each match the begin and end of groups 0..<`groups`, from the start of the text; -1
/// for a group that took no part. Null when memory is out, or there are more than 2^31 numbers.
int32_t *millrace_re2_find(
    const millrace_re2 *expression, const millrace_re2_texts *texts, int groups, int32_t limit, int32_t *row_starts);
#ifdef __cplusplus
}
#endif
