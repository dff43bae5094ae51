// SPDX-License-Identifier: Apache-2.0
// CSV records (RFC 4180) and whole records (text, raw) to columns. Where a record ends was decided before.
#include "record_decoder.hpp"

namespace millrace {

bool Decoder::check_utf8(const uint8_t *start, const uint8_t *end) {
    size_t length = static_cast<size_t>(end - start);
    if (simdjson::validate_utf8(reinterpret_cast<const char *>(start), length)) return true;
    fail(MILLRACE_MALFORMED_RECORD,
        "the record is not valid UTF-8 at byte " + std::to_string(invalid_utf8_position(start, length)));
    return false;
}

void Decoder::run_csv(const uint8_t *bytes, const int32_t *starts, const int32_t *ends, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        begin_record(i);
        if (check_utf8(bytes + starts[i], bytes + ends[i])) csv_record(bytes + starts[i], bytes + ends[i]);
    }
}

void Decoder::csv_record(const uint8_t *p, const uint8_t *end) {
    const uint8_t *record = p;
    const size_t row = root->validity.count;
    size_t column = 0;
    bool more = true;
    rescued.clear();
    while (more) {
        const uint8_t *text = p;
        size_t length;
        bool quoted = p < end && *p == options.quote;
        if (quoted) {
            p++;
            scratch.clear();
            bool closed = false;
            while (p < end && !closed) {
                if (*p != options.quote) scratch.push_back(*p++);
                else if (p + 1 < end && p[1] == options.quote) { scratch.push_back(*p); p += 2; }
                else { closed = true; p++; }
            }
            if (!closed) return fail(MILLRACE_MALFORMED_RECORD, "not valid CSV: the record ends inside a quoted field");
            if (p < end && *p != options.delimiter) {
                return fail(MILLRACE_MALFORMED_RECORD,
                    "not valid CSV at byte " + std::to_string(p - record) + ": a delimiter is expected after a quoted field");
            }
            text = scratch.data();
            length = scratch.size();
        } else {
            while (p < end && *p != options.delimiter) p++;
            length = static_cast<size_t>(p - text);
        }
        more = p < end;
        if (more) p++;
        if (column < csv_columns.size()) {
            if (csv_columns[column] != nullptr) csv_value(*csv_columns[column], text, length, quoted);
            else csv_unknown(column, text, length, quoted);
        }
        column++;
    }
    if (column != csv_columns.size()) {
        return fail(MILLRACE_MALFORMED_RECORD,
            "the record has " + std::to_string(column) + " fields where " + std::to_string(csv_columns.size()) + " are expected");
    }
    if (rescue != nullptr) finish_rescue();
    for (Node *child : root->children) {
        if (child->count() > row) continue;
        child->append_null();
        if (!child->nullable) {
            fail_field(*child, MILLRACE_MISSING_VALUE, "'" + child->name + "' has no column and is declared NOT NULL");
        }
    }
    finish_row();
    end_record();
}

/// A value of a column that the header names and the schema lacks.
void Decoder::csv_unknown(size_t column, const uint8_t *p, size_t length, bool quoted) {
    if (!quoted && length == null_text.size() && std::memcmp(p, null_text.data(), length) == 0) return;
    const std::string &name = csv_names[column];
    if (options.unknown == MILLRACE_UNKNOWN_RESCUE) {
        std::string key, text = "\"";
        append_json_escaped(key, name);
        append_json_escaped(text, std::string(reinterpret_cast<const char *>(p), length));
        text += '"';
        rescued.emplace_back(std::move(key), std::move(text));
    } else if (options.unknown == MILLRACE_UNKNOWN_REJECT) {
        fail_field(*root, MILLRACE_MALFORMED_RECORD,
            "'" + excerpt(reinterpret_cast<const uint8_t *>(name.data()), name.size()) + "' is not in the schema");
    }
}

void Decoder::csv_value(Node &node, const uint8_t *p, size_t length, bool quoted) {
    if (!quoted && length == null_text.size() && std::memcmp(p, null_text.data(), length) == 0) {
        node.append_null();
        if (!node.nullable) {
            fail_field(node, MILLRACE_MISSING_VALUE, "'" + node.name + "' is null and declared NOT NULL");
        }
        return;
    }
    const uint8_t *start = p, *end = p + length;
    Outcome outcome = Outcome::wrong_type;
    if (node.kind == MILLRACE_STRING) {
        outcome = append_text(node, p, length);
    } else {
        trim_blanks(start, end);
        if (node.kind == MILLRACE_BOOLEAN) {
            auto is = [&](const char *word) {
                if (std::strlen(word) != size_t(end - start)) return false;
                for (const uint8_t *c = start; c < end; c++, word++) if ((*c | 0x20) != uint8_t(*word)) return false;
                return true;
            };
            if (is("true") || is("false")) {
                node.append_boolean((*start | 0x20) == 't');
                outcome = Outcome::ok;
            }
        } else if (start < end) {
            outcome = append_text(node, start, size_t(end - start));
            if (outcome != Outcome::ok) outcome = append_number(node, start, end, false);
        }
    }
    if (outcome == Outcome::ok) return;
    std::string text = "'" + node.name + "' " + (outcome == Outcome::overflow ? "does not fit " : "is not ") + describe_type(node)
        + ": found '" + excerpt(p, length) + "'";
    fail_field(node, outcome == Outcome::overflow ? MILLRACE_NUMERIC_OVERFLOW : MILLRACE_MALFORMED_RECORD, std::move(text));
    node.append_null();
}

void Decoder::run_whole(const uint8_t *bytes, const int32_t *starts, const int32_t *ends, int64_t count) {
    Node &node = *root->children[0];
    for (int64_t i = 0; i < count; i++) {
        begin_record(i);
        const uint8_t *start = bytes + starts[i], *end = bytes + ends[i];
        if (node.kind == MILLRACE_STRING) {
            if (!check_utf8(start, end)) continue;
            node.append_string(start, size_t(end - start));
        } else {
            node.append_plain(start, size_t(end - start));
            node.validity.append_valid();
        }
        finish_row();
    }
}

}  // namespace millrace
