// SPDX-License-Identifier: Apache-2.0
#include "record_decoder.hpp"

namespace millrace {

Decoder::Decoder(const millrace_field *fields, int32_t field_count, const millrace_decoder_options &given)
    : options(given), null_text(given.null_text ? std::string(given.null_text, given.null_length) : std::string()) {
    int32_t next = 0;
    root = build(fields, field_count, next, nullptr);
    if (given.rescue_child >= 0) {
        rescue = root->children[given.rescue_child];
        rescue->may_use_dictionary = false;
    }
    for (Node *child : root->children) if (child != rescue) csv_columns.push_back(child);
}

Node *Decoder::build(const millrace_field *fields, int32_t field_count, int32_t &next, Node *parent) {
    const millrace_field &field = fields[next];
    nodes.push_back(std::make_unique<Node>());
    Node *node = nodes.back().get();
    node->kind = static_cast<millrace_kind>(field.kind);
    node->nullable = field.nullable != 0;
    node->precision = field.precision;
    node->scale = field.scale;
    node->name.assign(field.name, field.name_length);
    node->id = next++;
    node->parent = parent;
    node->may_use_dictionary = node->kind == MILLRACE_STRING;
    for (int32_t i = 0; i < field.child_count && next < field_count; i++) {
        node->children.push_back(build(fields, field_count, next, node));
    }
    node->end = next;
    if (node->kind == MILLRACE_STRUCT) {
        size_t size = 8;
        while (size < node->children.size() * 2) size *= 2;
        node->name_slots.assign(size, -1);
        for (size_t i = 0; i < node->children.size(); i++) {
            const std::string &name = node->children[i]->name;
            size_t slot = hash_bytes(reinterpret_cast<const uint8_t *>(name.data()), name.size()) & (size - 1);
            while (node->name_slots[slot] >= 0) slot = (slot + 1) & (size - 1);
            node->name_slots[slot] = static_cast<int32_t>(i);
        }
    }
    return node;
}

void append_json_escaped(std::string &to, const std::string &text) {
    static const char digits[] = "0123456789abcdef";
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            to += "\\u00";
            to += digits[byte >> 4];
            to += digits[byte & 15];
            continue;
        }
        if (c == '"' || c == '\\') to += '\\';
        to += c;
    }
}

void Decoder::set_columns(const int32_t *children, int32_t count, const uint8_t *names, const int64_t *name_ends) {
    csv_columns.clear();
    csv_names.clear();
    for (int32_t i = 0; i < count; i++) {
        csv_columns.push_back(children[i] < 0 ? nullptr : root->children[children[i]]);
        int64_t start = i == 0 ? 0 : name_ends[i - 1];
        csv_names.emplace_back(reinterpret_cast<const char *>(names) + start, static_cast<size_t>(name_ends[i] - start));
    }
}

void Decoder::begin_batch(size_t rows) {
    failures.clear();
    pending.clear();
    record_indices.count = 0;
    record_indices.reserve(rows);
    for (auto &node : nodes) {
        bool repeated = false;
        for (Node *up = node->parent; up != nullptr; up = up->parent) repeated |= up->kind != MILLRACE_STRUCT;
        node->begin(repeated ? 0 : rows);
    }
}

int64_t Decoder::run(const uint8_t *bytes, const int32_t *starts, const int32_t *ends, int64_t count) {
    begin_batch(static_cast<size_t>(count));
    switch (options.format) {
    case MILLRACE_FORMAT_JSON: run_json(bytes, starts, ends, count); break;
    case MILLRACE_FORMAT_CSV: run_csv(bytes, starts, ends, count); break;
    default: run_whole(bytes, starts, ends, count); break;
    }
    for (auto &node : nodes) node->finish();
    return static_cast<int64_t>(root->validity.count);
}

void Decoder::begin_record(int64_t record) {
    current_record = record;
    rows_before = root->validity.count;
    if (!pending.empty()) pending.clear();
    syntax.what = nullptr;
}

/// Takes back everything that the record has appended.
void Decoder::fail(millrace_failure code, std::string text) {
    root->truncate(rows_before);
    record_indices.count = rows_before;
    failures.push_back(Failure{current_record, code, std::move(text)});
}

void Decoder::end_record() {
    if (__builtin_expect(!pending.empty(), 0)) {
        // Copied, because fail() is given text that the list owns.
        PendingFailure first = pending.front();
        fail(first.code, std::move(first.text));
    }
}

void Decoder::fail_field(const Node &node, millrace_failure code, std::string text) {
    pending.push_back(PendingFailure{node.id, code, std::move(text)});
}

void Decoder::finish_row() {
    root->validity.append_valid();
    record_indices.push(static_cast<int32_t>(current_record));
}

std::string Decoder::path_of(const Node &node) const {
    if (node.parent == nullptr) return std::string();
    std::string above = path_of(*node.parent);
    switch (node.parent->kind) {
    case MILLRACE_ARRAY: return above + "[]";
    case MILLRACE_MAP: return above + (node.parent->children[0] == &node ? " (key)" : "{}");
    default: return above.empty() ? node.name : above + "." + node.name;
    }
}

const char *Decoder::type_name(millrace_kind kind) {
    switch (kind) {
    case MILLRACE_BOOLEAN: return "BOOLEAN";
    case MILLRACE_INT8: return "TINYINT";
    case MILLRACE_INT16: return "SMALLINT";
    case MILLRACE_INT32: return "INT";
    case MILLRACE_INT64: return "BIGINT";
    case MILLRACE_FLOAT: return "FLOAT";
    case MILLRACE_DOUBLE: return "DOUBLE";
    case MILLRACE_DECIMAL: return "DECIMAL";
    case MILLRACE_STRING: return "STRING";
    case MILLRACE_BINARY: return "BINARY";
    case MILLRACE_DATE: return "DATE";
    case MILLRACE_TIMESTAMP: return "TIMESTAMP";
    case MILLRACE_TIMESTAMP_NTZ: return "TIMESTAMP_NTZ";
    case MILLRACE_STRUCT: return "STRUCT";
    case MILLRACE_ARRAY: return "ARRAY";
    case MILLRACE_MAP: return "MAP";
    }
    return "?";
}

std::string Decoder::describe_type(const Node &node) const {
    std::string name = type_name(node.kind);
    if (node.kind == MILLRACE_DECIMAL) name += "(" + std::to_string(node.precision) + "," + std::to_string(node.scale) + ")";
    return (node.kind == MILLRACE_ARRAY || node.kind == MILLRACE_INT32 ? "an " : "a ") + name;
}

std::string excerpt(const uint8_t *p, size_t length, size_t most) {
    size_t n = length < most ? length : most;
    while (n > 0 && n < length && (p[n] & 0xC0) == 0x80) n--;
    std::string text(reinterpret_cast<const char *>(p), n);
    for (char &c : text) if (static_cast<uint8_t>(c) < 0x20) c = ' ';
    if (n < length) text += "…";
    return text;
}

size_t invalid_utf8_position(const uint8_t *p, size_t length) {
    size_t i = 0;
    while (i < length) {
        uint8_t c = p[i];
        size_t width = c < 0x80 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
        if (i + width > length || !simdjson::validate_utf8(reinterpret_cast<const char *>(p) + i, width)) return i;
        i += width;
    }
    return i;
}

Outcome Decoder::append_number(Node &node, const uint8_t *p, const uint8_t *end, bool strict) {
    NumberText number;
    if (end - p > 18 || !scan_short_number(p, end, number)) {
        number = NumberText();
        if (!scan_number(p, end, strict, number)) return Outcome::wrong_type;
    }
    Outcome outcome = Outcome::wrong_type;
    switch (node.kind) {
    case MILLRACE_INT8: { int8_t v; if ((outcome = to_integer(number, v)) == Outcome::ok) node.int8.push(v); break; }
    case MILLRACE_INT16: { int16_t v; if ((outcome = to_integer(number, v)) == Outcome::ok) node.int16.push(v); break; }
    case MILLRACE_INT32: { int32_t v; if ((outcome = to_integer(number, v)) == Outcome::ok) node.int32.push(v); break; }
    case MILLRACE_INT64: { int64_t v; if ((outcome = to_integer(number, v)) == Outcome::ok) node.int64.push(v); break; }
    case MILLRACE_FLOAT: { float v; if ((outcome = to_float(number, p, end, v)) == Outcome::ok) node.float32.push(v); break; }
    case MILLRACE_DOUBLE: { double v; if ((outcome = to_double(number, p, end, v)) == Outcome::ok) node.float64.push(v); break; }
    case MILLRACE_DECIMAL: {
        Int128 v;
        if ((outcome = to_scaled(number, node.precision, node.scale, Rounding::half_up, v)) == Outcome::ok) node.int128.push(v);
        break;
    }
    case MILLRACE_TIMESTAMP: {
        Int128 v;
        outcome = to_scaled(number, 19, 6 - options.timestamp_digits, Rounding::floor, v);
        if (outcome != Outcome::ok) break;
        // Years 0001 to 9999, as for text.
        if (v < -Int128(62135596800000000ll) || v > Int128(253402300799999999ll)) return Outcome::overflow;
        node.int64.push(static_cast<int64_t>(v));
        break;
    }
    default: return Outcome::wrong_type;
    }
    if (outcome == Outcome::ok) node.validity.append_valid();
    return outcome;
}

Outcome Decoder::append_base64(Node &node, const uint8_t *p, size_t length) {
    node.bytes.reserve(node.bytes.count + length / 4 * 3 + 3);
    int64_t written = decode_base64(p, length, node.bytes.data + node.bytes.count);
    if (written < 0) return Outcome::wrong_type;
    node.bytes.count += written;
    node.offsets.push(static_cast<int32_t>(node.bytes.count));
    node.validity.append_valid();
    return Outcome::ok;
}

/// Text that a JSON string or a CSV field holds, for the types that are spelled as text.
Outcome Decoder::append_text(Node &node, const uint8_t *p, size_t length) {
    switch (node.kind) {
    case MILLRACE_STRING: node.append_string(p, length); return Outcome::ok;
    case MILLRACE_BINARY: return append_base64(node, p, length);
    case MILLRACE_DATE: {
        int32_t days;
        if (!to_date(p, p + length, days)) return Outcome::wrong_type;
        node.int32.push(days);
        break;
    }
    case MILLRACE_TIMESTAMP: case MILLRACE_TIMESTAMP_NTZ: {
        int64_t micros;
        bool zoned;
        if (!usual_timestamp(p, length, last_date, micros, zoned) && !to_timestamp(p, p + length, micros, zoned)) {
            return Outcome::wrong_type;
        }
        if (zoned && node.kind == MILLRACE_TIMESTAMP_NTZ) return Outcome::wrong_type;
        node.int64.push(micros);
        break;
    }
    case MILLRACE_FLOAT: case MILLRACE_DOUBLE: {
        double value;
        if (!to_special(p, length, value)) return Outcome::wrong_type;
        if (node.kind == MILLRACE_FLOAT) node.float32.push(static_cast<float>(value));
        else node.float64.push(value);
        break;
    }
    default: return Outcome::wrong_type;
    }
    node.validity.append_valid();
    return Outcome::ok;
}

}  // namespace millrace

using millrace::Decoder;
using millrace::Node;

struct millrace_decoder : Decoder { using Decoder::Decoder; };

extern "C" {

millrace_decoder *millrace_decoder_create(
    const millrace_field *fields, int32_t field_count, const millrace_decoder_options *options) {
    return new millrace_decoder(fields, field_count, *options);
}

void millrace_decoder_free(millrace_decoder *decoder) { delete decoder; }

void millrace_decoder_set_columns(
    millrace_decoder *decoder, const int32_t *children, int32_t count, const uint8_t *names, const int64_t *name_ends) {
    decoder->set_columns(children, count, names, name_ends);
}

int64_t millrace_decoder_run(
    millrace_decoder *decoder, const uint8_t *bytes, const int32_t *starts, const int32_t *ends, int64_t count) {
    try {
        return decoder->run(bytes, starts, ends, count);
    } catch (const std::bad_alloc &) {
        return -1;
    }
}

void millrace_decoder_take(millrace_decoder *decoder, int32_t id, millrace_column *column) {
    Node &node = *decoder->nodes[id];
    *column = millrace_column{};
    column->count = static_cast<int64_t>(node.validity.count);
    auto give = [&](auto &run) {
        column->value_count = static_cast<int64_t>(run.count);
        column->values = run.take();
    };
    switch (node.kind) {
    case MILLRACE_BOOLEAN: give(node.words); break;
    case MILLRACE_INT8: give(node.int8); break;
    case MILLRACE_INT16: give(node.int16); break;
    case MILLRACE_INT32: case MILLRACE_DATE: give(node.int32); break;
    case MILLRACE_INT64: case MILLRACE_TIMESTAMP: case MILLRACE_TIMESTAMP_NTZ: give(node.int64); break;
    case MILLRACE_FLOAT: give(node.float32); break;
    case MILLRACE_DOUBLE: give(node.float64); break;
    case MILLRACE_DECIMAL: give(node.int128); break;
    case MILLRACE_STRING:
        if (node.has_codes()) {
            give(node.int32);
            column->dictionary_generation = node.dictionary.generation;
        } else {
            give(node.bytes);
            column->offsets = node.offsets.take();
        }
        break;
    case MILLRACE_BINARY:
        give(node.bytes);
        column->offsets = node.offsets.take();
        break;
    case MILLRACE_ARRAY: case MILLRACE_MAP: column->offsets = node.offsets.take(); break;
    case MILLRACE_STRUCT: break;
    }
    column->validity = node.validity.take();
}

void millrace_decoder_copy_dictionary(
    millrace_decoder *decoder, int32_t id, int32_t **offsets, uint8_t **bytes, int64_t *count) {
    const auto &dictionary = decoder->nodes[id]->dictionary;
    millrace::Run<int32_t> starts;
    millrace::Run<uint8_t> text;
    starts.reserve(dictionary.offsets.size());
    for (int32_t offset : dictionary.offsets) starts.push(offset);
    text.reserve(dictionary.bytes.size());
    if (!dictionary.bytes.empty()) std::memcpy(text.data, dictionary.bytes.data(), dictionary.bytes.size());
    *offsets = starts.take();
    *bytes = text.take();
    *count = static_cast<int64_t>(dictionary.size());
}

int32_t *millrace_decoder_take_record_indices(millrace_decoder *decoder) { return decoder->record_indices.take(); }

int64_t millrace_decoder_failure_count(const millrace_decoder *decoder) {
    return static_cast<int64_t>(decoder->failures.size());
}

int32_t millrace_decoder_failure(
    const millrace_decoder *decoder, int64_t index, int64_t *record, const char **text, int64_t *text_length) {
    const auto &failure = decoder->failures[index];
    *record = failure.record;
    *text = failure.text.data();
    *text_length = static_cast<int64_t>(failure.text.size());
    return failure.code;
}

}  // extern "C"
