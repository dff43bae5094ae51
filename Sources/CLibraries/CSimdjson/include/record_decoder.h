// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/// Physical and logical kinds of fields. Values are part of this interface, not of any file.
enum millrace_kind {
    MILLRACE_BOOLEAN,
    MILLRACE_INT8,
    MILLRACE_INT16,
    MILLRACE_INT32,
    MILLRACE_INT64,
    MILLRACE_FLOAT,
    MILLRACE_DOUBLE,
    MILLRACE_DECIMAL,
    MILLRACE_STRING,
    MILLRACE_BINARY,
    MILLRACE_DATE,
    MILLRACE_TIMESTAMP,
    MILLRACE_TIMESTAMP_NTZ,
    MILLRACE_STRUCT,
    MILLRACE_ARRAY,
    MILLRACE_MAP
};

/// One node of a schema; nodes stand in pre-order. Node 0 is a STRUCT of all columns.
typedef struct {
    int32_t kind;
    int32_t nullable;
    int32_t precision;
    int32_t scale;
    int32_t child_count;
    const char *name;
    int64_t name_length;
} millrace_field;

enum millrace_format { MILLRACE_FORMAT_JSON, MILLRACE_FORMAT_CSV, MILLRACE_FORMAT_TEXT, MILLRACE_FORMAT_RAW };
enum millrace_unknown { MILLRACE_UNKNOWN_IGNORE, MILLRACE_UNKNOWN_RESCUE, MILLRACE_UNKNOWN_REJECT };

typedef struct {
    int32_t format;
    int32_t unknown;
    /// The child of node 0 that takes unknown fields as JSON, or -1.
    int32_t rescue_child;
    /// Digits after the second that a whole number in a TIMESTAMP field counts: 0 seconds, 3 milliseconds, 6 microseconds.
    int32_t timestamp_digits;
    uint8_t delimiter;
    uint8_t quote;
    const char *null_text;
    int64_t null_length;
} millrace_decoder_options;

/// Why a record is malformed.
enum millrace_failure {
    MILLRACE_MALFORMED_RECORD,
    MILLRACE_MISSING_VALUE,
    MILLRACE_NUMERIC_OVERFLOW
};

/// The memory of one decoded node. All of it passes to the caller, who frees each pointer with free().
typedef struct {
    /// Fixed-width values, bits, bytes of plain strings, or codes of a dictionary. Null for STRUCT, ARRAY and MAP.
    void *values;
    /// How many elements `values` has; bytes for plain strings.
    int64_t value_count;
    /// count + 1 offsets of plain strings, ARRAY and MAP; else null.
    int32_t *offsets;
    /// One bit a row, or null when no row is NULL.
    uint64_t *validity;
    int64_t count;
    /// 0 for plain memory; else `values` are codes into the dictionary of this generation.
    uint64_t dictionary_generation;
} millrace_column;

typedef struct millrace_decoder millrace_decoder;

millrace_decoder *millrace_decoder_create(
    const millrace_field *fields, int32_t field_count, const millrace_decoder_options *options);
void millrace_decoder_free(millrace_decoder *decoder);

/// CSV: the child of node 0 that each column of a record fills; -1 for none. The name of column `i` ends at `name_ends[i]`, where
/// the next one's begins.
void millrace_decoder_set_columns(
    millrace_decoder *decoder, const int32_t *children, int32_t count, const uint8_t *names, const int64_t *name_ends);

/// Decodes all records into fresh columns and returns how many rows there are; -1 when memory is exhausted.
int64_t millrace_decoder_run(
    millrace_decoder *decoder, const uint8_t *bytes, const int32_t *starts, const int32_t *ends, int64_t record_count);

/// Takes the memory of a node out of the decoder after a run.
void millrace_decoder_take(millrace_decoder *decoder, int32_t node, millrace_column *column);
/// Copies the dictionary of a node: count strings with count + 1 offsets.
void millrace_decoder_copy_dictionary(
    millrace_decoder *decoder, int32_t node, int32_t **offsets, uint8_t **bytes, int64_t *count);
/// Takes the record number of each row.
int32_t *millrace_decoder_take_record_indices(millrace_decoder *decoder);

/// The malformed records of the last run, in order. Text lives until the next run.
int64_t millrace_decoder_failure_count(const millrace_decoder *decoder);
int32_t millrace_decoder_failure(
    const millrace_decoder *decoder, int64_t index, int64_t *record, const char **text, int64_t *text_length);

#ifdef __cplusplus
}
#endif
