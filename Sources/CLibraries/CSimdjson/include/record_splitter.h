// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/// Finds up to `capacity` lines that end in LF or CR LF; the end is not part of a line. Returns how many, and in
/// `consumed` the position after the last one's end. Blank lines are consumed, and skipped when `skip_blank` is set.
int64_t millrace_split_lines(
    const uint8_t *bytes, int64_t length, int32_t skip_blank, int32_t *starts, int32_t *ends, int64_t capacity,
    int64_t *consumed);

/// The same for CSV: a line end inside a quoted field does not end the record.
int64_t millrace_split_csv(
    const uint8_t *bytes, int64_t length, uint8_t delimiter, uint8_t quote, int32_t *starts, int32_t *ends,
    int64_t capacity, int64_t *consumed);

#ifdef __cplusplus
}
#endif
