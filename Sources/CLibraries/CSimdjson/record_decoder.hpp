// SPDX-License-Identifier: Apache-2.0
// What all formats share: the compiled schema, its columns, and the list of malformed records.
#pragma once
#include "field_node.hpp"
#include "usual_spellings.hpp"
#include <simdjson.h>
#include <string_view>

namespace millrace {

struct Failure {
    int64_t record;
    millrace_failure code;
    std::string text;
};

/// A value that did not fit its field, until it is known that no later duplicate of the field replaces it.
struct PendingFailure {
    int node;
    millrace_failure code;
    std::string text;
};

/// Why the text of a record cannot be read at all.
struct SyntaxError {
    size_t position = 0;
    const char *what = nullptr;
};

/// Appends a text as it stands between the quotes of a JSON string.
void append_json_escaped(std::string &to, const std::string &text);

class Decoder {
  public:
    Decoder(const millrace_field *fields, int32_t field_count, const millrace_decoder_options &options);

    int64_t run(const uint8_t *bytes, const int32_t *starts, const int32_t *ends, int64_t record_count);
    void set_columns(const int32_t *children, int32_t count, const uint8_t *names, const int64_t *name_ends);

    std::vector<std::unique_ptr<Node>> nodes;
    Run<int32_t> record_indices;
    std::vector<Failure> failures;

  private:
    millrace_decoder_options options;
    std::string null_text;
    Node *root = nullptr;
    Node *rescue = nullptr;
    std::vector<PendingFailure> pending;
    int64_t current_record = 0;
    size_t rows_before = 0;

    // The text under decoding: positions are relative to `base`.
    const uint8_t *base = nullptr;
    const uint32_t *at = nullptr;  // the next structural index
    uint32_t record_start = 0;
    uint32_t record_end = 0;
    bool escapes = false;  // whether there is a backslash in the text that was indexed
    SyntaxError syntax;
    std::vector<uint8_t> scratch;
    std::vector<std::pair<std::string, std::string>> rescued;
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;

    Node *build(const millrace_field *fields, int32_t field_count, int32_t &next, Node *parent);
    void begin_batch(size_t rows);
    void begin_record(int64_t record);
    void end_record();
    void fail(millrace_failure code, std::string text);
    void fail_syntax();
    void fail_field(const Node &node, millrace_failure code, std::string text);
    void finish_row();
    std::string path_of(const Node &node) const;
    static const char *type_name(millrace_kind kind);
    std::string describe_type(const Node &node) const;

    // JSON
    void run_json(const uint8_t *bytes, const int32_t *starts, const int32_t *ends, int64_t count);
    simdjson::error_code index(const uint8_t *start, size_t length);
    void json_record(int64_t record, uint32_t start, uint32_t end);
    void json_alone(int64_t record, const uint8_t *start, size_t length);
    bool json_root();
    bool json_row();
    bool json_object(Node &node, size_t row);
    bool usual_value(Node &node);
    bool json_value(Node &node);
    bool json_scalar(Node &node);
    bool json_array(Node &node);
    bool json_map(Node &node);
    bool map_overrides(std::vector<bool> &overridden);
    bool literal(const char *word, size_t length);
    bool wrong_value(Node &node, Outcome outcome, const uint32_t *value);
    void finish_rescue();
    std::string rescue_path(const Node &node) const;
    uint32_t value_end() const;
    bool member_name(uint32_t &start, uint32_t &end);
    bool member_goes_on(uint8_t close, bool &more);
    bool unknown_field(const Node &node, const uint8_t *name, size_t length);
    bool skip_value(int depth);
    bool check_scalar();
    bool string_at(const uint8_t *&text, size_t &length);
    bool plain_string(const uint8_t *p, const uint8_t *end, const uint8_t *&text, size_t &length);
    bool unescape(const uint8_t *p, const uint8_t *end);
    bool json_member(Node &node, size_t place, Node *&child, uint32_t &start, uint32_t &end);
    Node *find_child(const Node &node, const uint8_t *name, size_t length) const;
    bool broken(size_t position, const char *what) {
        syntax = SyntaxError{position, what};
        return false;
    }
    uint8_t next_byte() const { return *at < record_end ? base[*at] : 0; }
    bool at_end() const { return *at >= record_end; }
    uint32_t token_end() const;
    std::string found(uint32_t start, uint32_t end) const;
    std::vector<std::string> map_keys;

    // Values of any format
    LastDate last_date;
    Outcome append_number(Node &node, const uint8_t *p, const uint8_t *end, bool strict);
    Outcome append_text(Node &node, const uint8_t *p, size_t length);
    Outcome append_base64(Node &node, const uint8_t *p, size_t length);

    // CSV, text, raw
    std::vector<Node *> csv_columns;
    std::vector<std::string> csv_names;  // of the columns, where a header told them
    std::vector<bool> csv_given;
    void run_csv(const uint8_t *bytes, const int32_t *starts, const int32_t *ends, int64_t count);
    void csv_record(const uint8_t *p, const uint8_t *end);
    void csv_unknown(size_t column, const uint8_t *p, size_t length, bool quoted);
    void csv_value(Node &node, const uint8_t *p, size_t length, bool quoted);
    void run_whole(const uint8_t *bytes, const int32_t *starts, const int32_t *ends, int64_t count);
    bool check_utf8(const uint8_t *start, const uint8_t *end);
};

/// Up to `most` bytes of text for a message, cut at a character, with control characters replaced.
std::string excerpt(const uint8_t *p, size_t length, size_t most = 48);
/// The position of the first byte that is not UTF-8.
size_t invalid_utf8_position(const uint8_t *p, size_t length);

}  // namespace millrace
