// SPDX-License-Identifier: Apache-2.0
// JSON records to columns: simdjson finds the tokens of many records at once, a walker directed by the schema reads them.
//
// The walker checks everything, also what it does not keep, so that a record is either valid JSON or malformed whatever
// the schema names. It never reads beyond the end of its record.
#include "record_decoder.hpp"
#include <algorithm>
#include <numeric>

namespace millrace {

namespace {

constexpr size_t chunk_bytes = 16 << 10;
constexpr int deepest = 512;
constexpr size_t longest_remembered_name = 64;

bool is_blank(uint8_t c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Whether two records have nothing but blanks and a line end between them, so that no string can reach from one to the other.
inline bool separated(const uint8_t *p, const uint8_t *end) {
    if (end - p == 1) return *p == '\n';
    bool line_end = false;
    for (; p < end; p++) {
        if (!is_blank(*p)) return false;
        line_end |= *p == '\n' || *p == '\r';
    }
    return line_end;
}

int hex_value(uint8_t c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool take_hex(const uint8_t *&p, const uint8_t *end, uint32_t &out) {
    if (end - p < 4) return false;
    out = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(*p++);
        if (digit < 0) return false;
        out = out << 4 | static_cast<uint32_t>(digit);
    }
    return true;
}

}  // namespace

// MARK: Records

simdjson::error_code Decoder::index(const uint8_t *start, size_t length) {
    if (!parser) {
        size_t capacity = length > chunk_bytes ? length : chunk_bytes;
        auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser);
        if (error) return error;
    }
    if (parser->capacity() < length) {
        auto error = parser->set_capacity(length);
        if (error) return error;
    }
    auto error = parser->stage1(start, length, simdjson::stage1_mode::regular);
    base = start;
    at = parser->structural_indexes.get();
    escapes = std::memchr(start, '\\', length) != nullptr;
    return error;
}

void Decoder::run_json(const uint8_t *bytes, const int32_t *starts, const int32_t *ends, int64_t count) {
    int64_t first = 0;
    while (first < count) {
        const int32_t origin = starts[first];
        int64_t last = first + 1;
        while (last < count && starts[last] >= ends[last - 1] && size_t(ends[last] - origin) <= chunk_bytes
            && separated(bytes + ends[last - 1], bytes + starts[last])) last++;
        if (last > first + 1 && index(bytes + origin, ends[last - 1] - origin) == simdjson::SUCCESS) {
            for (; first < last; first++) json_record(first, starts[first] - origin, ends[first] - origin);
        } else {
            for (; first < last; first++) json_alone(first, bytes + starts[first], ends[first] - starts[first]);
        }
    }
}

/// A record with an index of its own: when it stands alone, or when some record of its chunk broke the index.
void Decoder::json_alone(int64_t record, const uint8_t *start, size_t length) {
    auto error = length == 0 ? simdjson::EMPTY : index(start, length);
    if (error == simdjson::SUCCESS) {
        json_record(record, 0, static_cast<uint32_t>(length));
        return;
    }
    begin_record(record);
    switch (error) {
    case simdjson::EMPTY: fail(MILLRACE_MALFORMED_RECORD, "the record is empty"); break;
    case simdjson::UTF8_ERROR:
        fail(MILLRACE_MALFORMED_RECORD,
            "the record is not valid UTF-8 at byte " + std::to_string(invalid_utf8_position(start, length)));
        break;
    case simdjson::UNCLOSED_STRING:
        fail(MILLRACE_MALFORMED_RECORD, "not valid JSON: the record ends inside a string");
        break;
    case simdjson::UNESCAPED_CHARS:
        fail(MILLRACE_MALFORMED_RECORD, "not valid JSON: a string holds a control character that is not escaped");
        break;
    case simdjson::MEMALLOC: throw std::bad_alloc();
    default: fail(MILLRACE_MALFORMED_RECORD, std::string("not valid JSON: ") + simdjson::error_message(error)); break;
    }
}

void Decoder::json_record(int64_t record, uint32_t start, uint32_t end) {
    begin_record(record);
    record_start = start;
    record_end = end;
    while (*at < start) at++;
    if (at_end()) fail(MILLRACE_MALFORMED_RECORD, "the record is empty");
    else if (json_root()) end_record();
    else fail_syntax();
    while (*at < end) at++;
}

void Decoder::fail_syntax() {
    std::string text = "not valid JSON";
    if (syntax.position >= record_end) {
        text += ": the record is cut off where ";
        text += syntax.what;
    } else {
        text += " at byte " + std::to_string(syntax.position - record_start) + ": ";
        text += syntax.what;
        text += ", found '" + excerpt(base + syntax.position, record_end - syntax.position, 12) + "'";
    }
    fail(MILLRACE_MALFORMED_RECORD, std::move(text));
}

bool Decoder::json_root() {
    if (base[*at] == '[') {
        at++;
        bool more = true;
        if (next_byte() == ']') {
            at++;
            more = false;
        }
        while (more) {
            if (!json_row() || !member_goes_on(']', more)) return false;
        }
    } else if (!json_row()) {
        return false;
    }
    return at_end() || broken(*at, "nothing more is expected after the JSON value");
}

bool Decoder::json_row() {
    if (at_end()) return broken(record_end, "a JSON object is expected");
    if (base[*at] != '{') {
        const uint32_t *value = at;
        if (!skip_value(0)) return false;
        fail_field(*root, MILLRACE_MALFORMED_RECORD, "the record is not a JSON object: found " + found(*value, value_end()));
        return true;
    }
    rescued.clear();
    if (!json_object(*root, root->validity.count)) return false;
    if (rescue != nullptr) finish_rescue();
    finish_row();
    return true;
}

// MARK: Objects

/// Takes `"name" :` and leaves `at` at the value.
inline bool Decoder::member_name(uint32_t &start, uint32_t &end) {
    uint32_t quote = *at;
    if (quote >= record_end || base[quote] != '"') return broken(std::min(quote, record_end), "a member name in double quotes is expected");
    uint32_t colon = at[1];
    if (colon >= record_end || base[colon] != ':') return broken(std::min(colon, record_end), "':' is expected after a member name");
    uint32_t close = colon - 1;
    while (is_blank(base[close])) close--;
    if (close <= quote || base[close] != '"') return broken(quote, "a member name is not closed");
    start = quote + 1;
    end = close;
    at += 2;
    return true;
}

/// Takes a comma, which must be followed by something, or the closing bracket.
inline bool Decoder::member_goes_on(uint8_t close, bool &more) {
    uint8_t c = next_byte();
    if (c != ',' && c != close) {
        return broken(std::min(*at, record_end), close == '}' ? "',' or '}' is expected" : "',' or ']' is expected");
    }
    at++;
    more = c == ',';
    return true;
}

/// Takes a member's name and finds its field, or null when the schema has none. The name is `[start, end)` as written.
inline bool Decoder::json_member(Node &node, size_t place, Node *&child, uint32_t &start, uint32_t &end) {
    if (place < node.members.size()) {
        const Member &usual = node.members[place];
        const size_t length = usual.text.size();
        const uint32_t quote = at[0], colon = at[1];
        if (colon < record_end && colon == quote + length - 1
            && equal_bytes(reinterpret_cast<const uint8_t *>(usual.text.data()), base + quote, length)) {
            child = usual.child;
            start = quote + 1;
            end = colon - 1;
            at += 2;
            return true;
        }
    }
    const uint8_t *name;
    size_t length;
    if (!member_name(start, end) || !plain_string(base + start, base + end, name, length)) return false;
    child = find_child(node, name, length);
    // More places than these are unknown fields or duplicates: not worth remembering.
    if (place < node.children.size() * 2 + 8 && length <= longest_remembered_name && base[end + 1] == ':') {
        if (place >= node.members.size()) node.members.resize(place + 1);
        node.members[place].text.assign(reinterpret_cast<const char *>(base) + start - 1, end - start + 3);
        node.members[place].child = child;
    }
    return true;
}

Node *Decoder::find_child(const Node &node, const uint8_t *name, size_t length) const {
    size_t mask = node.name_slots.size() - 1;
    for (size_t slot = hash_bytes(name, length) & mask; node.name_slots[slot] >= 0; slot = (slot + 1) & mask) {
        Node *child = node.children[node.name_slots[slot]];
        if (child->name.size() == length && std::memcmp(child->name.data(), name, length) == 0) {
            return child == rescue ? nullptr : child;
        }
    }
    return nullptr;
}

bool Decoder::json_object(Node &node, size_t row) {
    at++;
    size_t place = 0, filled = 0;
    bool more = true;
    if (next_byte() == '}') {
        at++;
        more = false;
    }
    while (more) {
        uint32_t start, end;
        Node *child;
        if (!json_member(node, place++, child, start, end)) return false;
        if (child == nullptr) {
            if (!unknown_field(node, base + start, end - start)) return false;
        } else {
            if (__builtin_expect(child->count() > row, 0)) {
                // The last duplicate wins, also over what was wrong with the earlier one.
                child->truncate(row);
                filled--;
                pending.erase(std::remove_if(pending.begin(), pending.end(), [&](const PendingFailure &failure) {
                    return failure.node >= child->id && failure.node < child->end;
                }), pending.end());
            }
            if (!usual_value(*child) && !json_value(*child)) return false;
            filled++;
        }
        if (!member_goes_on('}', more)) return false;
    }
    if (filled == node.children.size()) return true;
    for (Node *child : node.children) {
        if (child->count() > row || child == rescue) continue;
        child->append_null();
        if (!child->nullable) {
            fail_field(*child, MILLRACE_MISSING_VALUE, "'" + path_of(*child) + "' is missing and declared NOT NULL");
        }
    }
    return true;
}

bool Decoder::unknown_field(const Node &node, const uint8_t *name, size_t length) {
    const uint32_t *value = at;
    if (!skip_value(0)) return false;
    switch (options.unknown) {
    case MILLRACE_UNKNOWN_RESCUE: {
        std::string key = rescue_path(node);
        if (!key.empty()) key += '.';
        key.append(reinterpret_cast<const char *>(name), length);
        std::string text(reinterpret_cast<const char *>(base) + *value, value_end() - *value);
        for (auto &entry : rescued) {
            if (entry.first == key) {
                entry.second = std::move(text);
                return true;
            }
        }
        rescued.emplace_back(std::move(key), std::move(text));
        break;
    }
    case MILLRACE_UNKNOWN_REJECT: {
        std::string above = path_of(node);
        fail_field(node, MILLRACE_MALFORMED_RECORD,
            "'" + (above.empty() ? "" : above + ".") + excerpt(name, length) + "' is not in the schema");
        break;
    }
    default: break;
    }
    return true;
}

/// Where a field below a declared STRUCT stands, as `a.b` or `a[2].b`, escaped for a JSON name.
std::string Decoder::rescue_path(const Node &node) const {
    if (node.parent == nullptr) return std::string();
    std::string path = rescue_path(*node.parent);
    if (node.parent->kind == MILLRACE_ARRAY || node.parent->kind == MILLRACE_MAP) {
        size_t first = node.parent->offsets.data[node.parent->offsets.count - 1];
        return path + "[" + std::to_string(node.count() - first) + "]";
    }
    if (!path.empty()) path += '.';
    append_json_escaped(path, node.name);
    return path;
}

void Decoder::finish_rescue() {
    if (rescued.empty()) {
        rescue->append_null();
        return;
    }
    std::string text = "{";
    for (auto &entry : rescued) {
        if (text.size() > 1) text += ',';
        text += '"';
        text += entry.first;
        text += "\":";
        text += entry.second;
    }
    text += '}';
    rescue->append_string(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

// MARK: Values

/// Takes a value that is written as most are. False when `json_value` has to look at it; nothing has been taken then.
inline bool Decoder::usual_value(Node &node) {
    const uint32_t start = at[0], end = at[1];
    // The token that follows is a part of the record. Numbers read the eight bytes before it.
    if (end >= record_end || end < 8) return false;
    const uint8_t *first = base + start, *last = base + end;
    UsualNumber number;
    switch (node.kind) {
    case MILLRACE_STRING: case MILLRACE_TIMESTAMP: {
        if (escapes || end - start < 2 || *first != '"' || last[-1] != '"') return false;
        if (node.kind == MILLRACE_STRING) {
            node.append_string(first + 1, end - start - 2);
            break;
        }
        int64_t micros;
        bool zoned;
        if (!usual_timestamp(first + 1, end - start - 2, last_date, micros, zoned)) return false;
        node.int64.push(micros);
        node.validity.append_valid();
        break;
    }
    case MILLRACE_DOUBLE: {
        if (!usual_number(first, last, number)) return false;
        const double value = number.mantissa / exact_powers()[number.fraction_digits];
        node.float64.push(number.negative ? -value : value);
        node.validity.append_valid();
        break;
    }
    case MILLRACE_INT64: case MILLRACE_INT32: {
        if (!usual_number(first, last, number) || number.fraction_digits > 0) return false;
        const int32_t value = static_cast<int32_t>(number.mantissa);
        if (node.kind == MILLRACE_INT64) node.int64.push(number.negative ? -value : value);
        else node.int32.push(number.negative ? -value : value);
        node.validity.append_valid();
        break;
    }
    case MILLRACE_BOOLEAN: {
        const bool truth = end - start == 4 && std::memcmp(first, "true", 4) == 0;
        if (!truth && (end - start != 5 || std::memcmp(first, "false", 5) != 0)) return false;
        node.append_boolean(truth);
        break;
    }
    default: return false;
    }
    at++;
    return true;
}

bool Decoder::json_value(Node &node) {
    uint32_t start = *at;
    if (start >= record_end) return broken(record_end, "a JSON value is expected");
    uint8_t c = base[start];
    if (c == 'n') {
        if (!literal("null", 4)) return false;
        node.append_null();
        if (!node.nullable) {
            fail_field(node, MILLRACE_MISSING_VALUE, "'" + path_of(node) + "' is null and declared NOT NULL");
        }
        return true;
    }
    switch (node.kind) {
    case MILLRACE_STRUCT:
        if (c != '{') return wrong_value(node, Outcome::wrong_type, at);
        if (!json_object(node, node.validity.count)) return false;
        node.validity.append_valid();
        return true;
    case MILLRACE_ARRAY: return c == '[' ? json_array(node) : wrong_value(node, Outcome::wrong_type, at);
    case MILLRACE_MAP: return c == '{' ? json_map(node) : wrong_value(node, Outcome::wrong_type, at);
    default: return json_scalar(node);
    }
}

bool Decoder::json_scalar(Node &node) {
    const uint32_t *value = at;
    const uint32_t start = *at;
    const uint8_t c = base[start];
    if (c == '"') {
        const uint8_t *text;
        size_t length;
        if (!string_at(text, length)) return false;
        Outcome outcome = node.kind == MILLRACE_DECIMAL ? append_number(node, text, text + length, false)
                                                        : append_text(node, text, length);
        return outcome == Outcome::ok || wrong_value(node, outcome, value);
    }
    if (node.kind == MILLRACE_STRING) {
        // Spark keeps the JSON text of what is no string.
        if (!skip_value(0)) return false;
        node.append_string(base + start, value_end() - start);
        return true;
    }
    if (c == '-' || is_digit(c)) {
        uint32_t end = token_end();
        Outcome outcome = append_number(node, base + start, base + end, true);
        if (outcome == Outcome::ok) {
            at++;
            return true;
        }
        bool special = c == '-' && end - start > 1 && base[start + 1] == 'I';
        if (!special) return wrong_value(node, outcome, value);
    }
    if (node.kind == MILLRACE_BOOLEAN && (c == 't' || c == 'f')) {
        if (!(c == 't' ? literal("true", 4) : literal("false", 5))) return false;
        node.append_boolean(c == 't');
        return true;
    }
    if ((node.kind == MILLRACE_DOUBLE || node.kind == MILLRACE_FLOAT) && (c == 'N' || c == 'I' || c == '-')) {
        // Python and Spark write these without quotes.
        uint32_t end = token_end();
        if (append_text(node, base + start, end - start) == Outcome::ok) {
            at++;
            return true;
        }
    }
    return wrong_value(node, Outcome::wrong_type, value);
}

bool Decoder::json_array(Node &node) {
    at++;
    Node &element = *node.children[0];
    bool more = true;
    if (next_byte() == ']') {
        at++;
        more = false;
    }
    while (more) {
        if ((!usual_value(element) && !json_value(element)) || !member_goes_on(']', more)) return false;
    }
    node.offsets.push(static_cast<int32_t>(element.count()));
    node.validity.append_valid();
    return true;
}

/// Finds the entries whose key comes again later, without moving on.
bool Decoder::map_overrides(std::vector<bool> &overridden) {
    const uint32_t *first = at;
    map_keys.clear();
    bool more = true;
    while (more) {
        uint32_t start, end;
        const uint8_t *name;
        size_t length;
        if (!member_name(start, end) || !plain_string(base + start, base + end, name, length)) return false;
        map_keys.emplace_back(reinterpret_cast<const char *>(name), length);
        if (!skip_value(0) || !member_goes_on('}', more)) return false;
    }
    at = first;
    if (map_keys.size() < 2) return true;
    std::vector<uint32_t> order(map_keys.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
        int difference = map_keys[a].compare(map_keys[b]);
        return difference != 0 ? difference < 0 : a < b;
    });
    for (size_t i = 0; i + 1 < order.size(); i++) {
        if (map_keys[order[i]] != map_keys[order[i + 1]]) continue;
        if (overridden.empty()) overridden.resize(map_keys.size());
        overridden[order[i]] = true;
    }
    return true;
}

bool Decoder::json_map(Node &node) {
    at++;
    Node &keys = *node.children[0];
    Node &values = *node.children[1];
    bool more = true;
    if (next_byte() == '}') {
        at++;
        more = false;
    }
    std::vector<bool> overridden;
    if (more && !map_overrides(overridden)) return false;
    for (size_t entry = 0; more; entry++) {
        uint32_t start, end;
        const uint8_t *name;
        size_t length;
        if (!member_name(start, end) || !plain_string(base + start, base + end, name, length)) return false;
        if (!overridden.empty() && overridden[entry]) {
            if (!skip_value(0)) return false;
        } else {
            keys.append_string(name, length);
            if (!json_value(values)) return false;
        }
        if (!member_goes_on('}', more)) return false;
    }
    node.offsets.push(static_cast<int32_t>(keys.count()));
    node.validity.append_valid();
    return true;
}

/// The value at `value` does not fit: takes it whole, puts a NULL, and remembers why the record will be malformed.
bool Decoder::wrong_value(Node &node, Outcome outcome, const uint32_t *value) {
    at = value;
    if (!skip_value(0)) return false;
    std::string what = found(*value, value_end());
    if (outcome == Outcome::overflow) {
        fail_field(node, MILLRACE_NUMERIC_OVERFLOW, "'" + path_of(node) + "' does not fit " + describe_type(node) + ": found " + what);
    } else {
        fail_field(node, MILLRACE_MALFORMED_RECORD, "'" + path_of(node) + "' is not " + describe_type(node) + ": found " + what);
    }
    node.append_null();
    return true;
}

std::string Decoder::found(uint32_t start, uint32_t end) const {
    switch (base[start]) {
    case '{': return "an object";
    case '[': return "an array";
    case '"': return "the string " + excerpt(base + start, end - start);
    case 't': case 'f': case 'n': return excerpt(base + start, end - start);
    default: return "the number " + excerpt(base + start, end - start);
    }
}

// MARK: Tokens

/// The end of the scalar at `at`: it reaches to the next token or the end of the record, less the blanks between.
inline uint32_t Decoder::token_end() const {
    uint32_t end = std::min(at[1], record_end);
    while (is_blank(base[end - 1])) end--;
    return end;
}

/// The end of the value that has just been taken.
uint32_t Decoder::value_end() const {
    uint32_t end = std::min(*at, record_end);
    while (is_blank(base[end - 1])) end--;
    return end;
}

bool Decoder::literal(const char *word, size_t length) {
    uint32_t start = *at;
    if (token_end() - start != length || std::memcmp(base + start, word, length) != 0) {
        return broken(start, "a JSON value is expected");
    }
    at++;
    return true;
}

inline bool Decoder::string_at(const uint8_t *&text, size_t &length) {
    uint32_t quote = *at, end = token_end() - 1;
    if (end <= quote || base[end] != '"') return broken(quote, "a string is not closed");
    at++;
    return plain_string(base + quote + 1, base + end, text, length);
}

inline bool Decoder::plain_string(const uint8_t *p, const uint8_t *end, const uint8_t *&text, size_t &length) {
    text = p;
    length = static_cast<size_t>(end - p);
    if (!escapes || !has_byte(p, length, '\\')) return true;
    if (!unescape(p, end)) return false;
    text = scratch.data();
    length = scratch.size();
    return true;
}

bool Decoder::unescape(const uint8_t *p, const uint8_t *end) {
    scratch.clear();
    while (p < end) {
        if (*p != '\\') {
            scratch.push_back(*p++);
            continue;
        }
        const uint32_t position = static_cast<uint32_t>(p - base);
        p++;
        if (p == end) return broken(position, "a JSON escape is expected");
        switch (*p++) {
        case '"': scratch.push_back('"'); break;
        case '\\': scratch.push_back('\\'); break;
        case '/': scratch.push_back('/'); break;
        case 'b': scratch.push_back('\b'); break;
        case 'f': scratch.push_back('\f'); break;
        case 'n': scratch.push_back('\n'); break;
        case 'r': scratch.push_back('\r'); break;
        case 't': scratch.push_back('\t'); break;
        case 'u': {
            uint32_t code, low;
            if (!take_hex(p, end, code)) return broken(position, "four hexadecimal digits are expected after '\\u'");
            if (code >= 0xD800 && code < 0xDC00) {
                if (end - p < 6 || p[0] != '\\' || p[1] != 'u') return broken(position, "a pair of surrogates is expected");
                p += 2;
                if (!take_hex(p, end, low) || low < 0xDC00 || low > 0xDFFF) return broken(position, "a pair of surrogates is expected");
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            } else if (code >= 0xDC00 && code < 0xE000) {
                return broken(position, "a pair of surrogates is expected");
            }
            if (code < 0x80) {
                scratch.push_back(static_cast<uint8_t>(code));
            } else if (code < 0x800) {
                scratch.push_back(static_cast<uint8_t>(0xC0 | code >> 6));
                scratch.push_back(static_cast<uint8_t>(0x80 | (code & 0x3F)));
            } else if (code < 0x10000) {
                scratch.push_back(static_cast<uint8_t>(0xE0 | code >> 12));
                scratch.push_back(static_cast<uint8_t>(0x80 | (code >> 6 & 0x3F)));
                scratch.push_back(static_cast<uint8_t>(0x80 | (code & 0x3F)));
            } else {
                scratch.push_back(static_cast<uint8_t>(0xF0 | code >> 18));
                scratch.push_back(static_cast<uint8_t>(0x80 | (code >> 12 & 0x3F)));
                scratch.push_back(static_cast<uint8_t>(0x80 | (code >> 6 & 0x3F)));
                scratch.push_back(static_cast<uint8_t>(0x80 | (code & 0x3F)));
            }
            break;
        }
        default: return broken(position, "a JSON escape is expected");
        }
    }
    return true;
}

bool Decoder::check_scalar() {
    const uint32_t start = *at;
    switch (base[start]) {
    case '"': {
        const uint8_t *text;
        size_t length;
        return string_at(text, length);
    }
    case 't': return literal("true", 4);
    case 'f': return literal("false", 5);
    case 'n': return literal("null", 4);
    default: {
        NumberText number;
        if (!scan_number(base + start, base + token_end(), true, number)) return broken(start, "a JSON value is expected");
        at++;
        return true;
    }
    }
}

bool Decoder::skip_value(int depth) {
    if (at_end()) return broken(record_end, "a JSON value is expected");
    if (depth > deepest) return broken(*at, "at most 512 levels of nesting are allowed");
    uint8_t c = base[*at];
    if (c != '{' && c != '[') return check_scalar();
    at++;
    const uint8_t close = c == '{' ? '}' : ']';
    bool more = true;
    if (next_byte() == close) {
        at++;
        more = false;
    }
    while (more) {
        if (c == '{') {
            uint32_t start, end;
            const uint8_t *name;
            size_t length;
            if (!member_name(start, end) || !plain_string(base + start, base + end, name, length)) return false;
        }
        if (!skip_value(depth + 1) || !member_goes_on(close, more)) return false;
    }
    return true;
}

}  // namespace millrace
