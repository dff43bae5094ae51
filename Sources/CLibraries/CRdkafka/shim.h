// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>
#include <string.h>

// Loops over fetched messages, so that Swift crosses into C per batch and not per record. A run is `messages[first..<last]`.

typedef rd_kafka_message_t *const *millrace_messages;

/// Where the run of records that starts at `first` ends: before `count`, an event, offset `end`, or when more than `max_bytes`
/// of values would follow (but after one record at least). Adds up the bytes of its values with a line feed after each.
static inline size_t millrace_run(
    millrace_messages messages, size_t first, size_t count, int64_t end, size_t max_bytes, size_t *value_bytes) {
    size_t index = first, bytes = 0;
    for (; index < count; index++) {
        const rd_kafka_message_t *message = messages[index];
        if (message->err || message->offset >= end) break;
        size_t size = (message->payload ? message->len : 0) + 1;
        if (index > first && bytes + size > max_bytes) break;
        bytes += size;
    }
    *value_bytes = bytes;
    return index;
}

/// Copies the values of a run to `bytes`, which stands `base` bytes into their buffer, with a line feed after each. Returns
/// how many are NULL.
static inline size_t millrace_copy_values(
    millrace_messages messages, size_t first, size_t last, int32_t base, uint8_t *bytes, int32_t *starts, int32_t *ends,
    int64_t *offsets) {
    size_t nulls = 0, used = 0;
    for (size_t index = first; index < last; index++) {
        const rd_kafka_message_t *message = messages[index];
        size_t size = message->payload ? message->len : 0;
        nulls += message->payload == NULL;
        starts[index - first] = base + (int32_t)used;
        if (size) memcpy(bytes + used, message->payload, size);
        used += size;
        ends[index - first] = base + (int32_t)used;
        bytes[used++] = '\n';
        offsets[index - first] = message->offset;
    }
    return nulls;
}

/// Sets `is_null[i]` for each record of a run whose value is NULL.
static inline void millrace_null_values(millrace_messages messages, size_t first, size_t last, uint8_t *is_null) {
    for (size_t index = first; index < last; index++) is_null[index - first] = messages[index]->payload == NULL;
}

/// Timestamps in milliseconds since 1970; -1 where there is none.
static inline void millrace_copy_timestamps(millrace_messages messages, size_t first, size_t last, int64_t *millis) {
    for (size_t index = first; index < last; index++) {
        rd_kafka_timestamp_type_t type;
        int64_t time = rd_kafka_message_timestamp(messages[index], &type);
        millis[index - first] = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : time;
    }
}

/// FNV-1a, 64 bits, over bytes after their number; NULL is not the same as no bytes. Only `most` bytes are looked at.
static inline uint64_t millrace_hash(uint64_t hash, const void *bytes, size_t size, size_t most) {
    const uint64_t prime = 0x100000001B3;
    uint64_t length = bytes ? (uint64_t)size + 1 : 0;
    for (int shift = 0; shift < 64; shift += 8) hash = (hash ^ ((length >> shift) & 0xFF)) * prime;
    if (!bytes) return hash;
    for (size_t i = 0; i < size && i < most; i++) hash = (hash ^ ((const uint8_t *)bytes)[i]) * prime;
    return hash;
}

/// A hash of a record's key and value.
static inline uint64_t millrace_record_hash(const rd_kafka_message_t *message, size_t most) {
    uint64_t hash = millrace_hash(0xCBF29CE484222325, message->key, message->key_len, most);
    return millrace_hash(hash, message->payload, message->len, most);
}

/// The bytes of all keys of a run.
static inline size_t millrace_key_bytes(millrace_messages messages, size_t first, size_t last) {
    size_t bytes = 0;
    for (size_t index = first; index < last; index++) bytes += messages[index]->key ? messages[index]->key_len : 0;
    return bytes;
}

/// Copies the keys of a run: `ends[i]` is where key `i` ends, counted from `base`; `present[i]` is 0 for a NULL key.
static inline void millrace_copy_keys(
    millrace_messages messages, size_t first, size_t last, int32_t base, uint8_t *bytes, int32_t *ends,
    uint8_t *present) {
    size_t used = 0;
    for (size_t index = first; index < last; index++) {
        const rd_kafka_message_t *message = messages[index];
        size_t size = message->key ? message->key_len : 0;
        present[index - first] = message->key != NULL;
        if (size) memcpy(bytes + used, message->key, size);
        used += size;
        ends[index - first] = base + (int32_t)used;
    }
}

/// How many headers the records of a run have, and the bytes of their names and values.
static inline void millrace_header_sizes(
    millrace_messages messages, size_t first, size_t last, size_t *count, size_t *name_bytes, size_t *value_bytes) {
    *count = *name_bytes = *value_bytes = 0;
    for (size_t index = first; index < last; index++) {
        rd_kafka_headers_t *headers;
        const char *name;
        const void *value;
        size_t size;
        if (rd_kafka_message_headers(messages[index], &headers)) continue;
        for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++) {
            *count += 1;
            *name_bytes += strlen(name);
            *value_bytes += value ? size : 0;
        }
    }
}

/// Copies the headers of a run. `list_ends[i]` counts headers up to record `i` from `list_base`; names and values have ends
/// counted from their bases; `present` is 0 for a NULL value.
static inline void millrace_copy_headers(
    millrace_messages messages, size_t first, size_t last, int32_t list_base, int32_t *list_ends, int32_t name_base,
    uint8_t *names, int32_t *name_ends, int32_t value_base, uint8_t *values, int32_t *value_ends, uint8_t *present) {
    size_t count = 0, name_used = 0, value_used = 0;
    for (size_t index = first; index < last; index++) {
        rd_kafka_headers_t *headers;
        const char *name;
        const void *value;
        size_t size;
        if (!rd_kafka_message_headers(messages[index], &headers))
            for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++) {
                size_t length = strlen(name);
                memcpy(names + name_used, name, length);
                name_ends[count] = name_base + (int32_t)(name_used += length);
                if (value && size) memcpy(values + value_used, value, size);
                value_ends[count] = value_base + (int32_t)(value_used += value ? size : 0);
                present[count] = value != NULL;
                count++;
            }
        list_ends[index - first] = list_base + (int32_t)count;
    }
}

/// Gives the messages of a run back to the library.
static inline void millrace_destroy(millrace_messages messages, size_t first, size_t last) {
    for (size_t index = first; index < last; index++) rd_kafka_message_destroy(messages[index]);
}

/// Hands one record to the producer, which copies it. `partition` -1 lets the partitioner choose, `timestamp` 0 means now;
/// `value` or `key` NULL is a record without. Takes `headers` over only when it returns 0.
static inline rd_kafka_resp_err_t millrace_produce(
    rd_kafka_t *producer, const char *topic, int32_t partition, const void *value, size_t value_size, const void *key,
    size_t key_size, int64_t timestamp, rd_kafka_headers_t *headers) {
    if (headers)
        return rd_kafka_producev(
            producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_VALUE((void *)value, value_size), RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_TIMESTAMP(timestamp),
            RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    return rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE((void *)value, value_size), RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_TIMESTAMP(timestamp),
        RD_KAFKA_V_END);
}

/// Hands values `first..<count` of one topic to the producer, which copies them; keys may be NULL. Returns how far it got; stops
/// early with an error in `*error`, `_QUEUE_FULL` being the one to try again.
static inline size_t millrace_produce_run(
    rd_kafka_topic_t *topic, int32_t partition, const uint8_t *bytes, const int32_t *starts, const int32_t *ends,
    const uint8_t *keys, const int32_t *key_starts, const int32_t *key_ends, size_t first, size_t count,
    rd_kafka_resp_err_t *error) {
    *error = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t index = first; index < count; index++) {
        const void *key = keys ? keys + key_starts[index] : NULL;
        size_t key_size = keys ? (size_t)(key_ends[index] - key_starts[index]) : 0;
        if (rd_kafka_produce(
                topic, partition, RD_KAFKA_MSG_F_COPY, (void *)(bytes + starts[index]),
                (size_t)(ends[index] - starts[index]), key, key_size, NULL)) {
            *error = rd_kafka_last_error();
            return index;
        }
    }
    return count;
}

/// Where a column of a block stands: element `i` is `bytes[end(i - 1)..<end(i)]`, absent when `present[i]` is 0.
typedef struct {
    const uint8_t *ends, *present, *bytes;
} millrace_block_column;

enum { millrace_block_columns = 34 };

static inline int32_t millrace_block_end(const millrace_block_column *column, size_t index) {
    int32_t end;
    memcpy(&end, column->ends + index * 4, 4);
    return end;
}

/// Finds the columns of a block of `count` records: for each column its ends (int32, from 0), its flags, its bytes, one after
/// another. Returns 0 when they fill the block exactly and every end is in order, else 1.
static inline int millrace_open_block(
    const uint8_t *block, size_t size, size_t count, size_t column_count, millrace_block_column *columns) {
    size_t used = 0;
    if (column_count > millrace_block_columns || count == 0 || count > size / 5) return 1;
    for (size_t i = 0; i < column_count; i++) {
        if (size - used < count * 5) return 1;
        columns[i].ends = block + used;
        columns[i].present = columns[i].ends + count * 4;
        columns[i].bytes = columns[i].present + count;
        used += count * 5;
        int32_t before = 0;
        for (size_t row = 0; row < count; row++) {
            int32_t end = millrace_block_end(&columns[i], row);
            if (end < before) return 1;
            before = end;
        }
        if (size - used < (size_t)before) return 1;
        used += (size_t)before;
    }
    return used != size;
}

/// Hands the records `first..<count` of a block to the producer, which copies them: the first column holds values, the second keys
/// when `has_keys`, the others headers by `names`. Returns how far it got; stops early with an error in `*error`, `_QUEUE_FULL`
/// being the one to try again, `_BAD_MSG` a block that is none.
static inline size_t millrace_produce_block(
    rd_kafka_t *producer, rd_kafka_topic_t *topic, const uint8_t *block, size_t size, size_t count, int has_keys,
    const char *const *names, size_t header_count, size_t first, rd_kafka_resp_err_t *error) {
    millrace_block_column columns[millrace_block_columns];
    size_t first_header = has_keys ? 2 : 1;
    *error = RD_KAFKA_RESP_ERR__BAD_MSG;
    if (millrace_open_block(block, size, count, first_header + header_count, columns)) return first;
    *error = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t row = first; row < count; row++) {
        const uint8_t *parts[millrace_block_columns];
        size_t sizes[millrace_block_columns];
        for (size_t i = 0; i < first_header + header_count; i++) {
            int32_t start = row ? millrace_block_end(&columns[i], row - 1) : 0;
            parts[i] = columns[i].present[row] ? columns[i].bytes + start : NULL;
            sizes[i] = (size_t)(millrace_block_end(&columns[i], row) - start);
        }
        const uint8_t *key = has_keys ? parts[1] : NULL;
        size_t key_size = key ? sizes[1] : 0;
        if (!header_count) {
            if (rd_kafka_produce(
                    topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)parts[0], parts[0] ? sizes[0] : 0, key,
                    key_size, NULL)) {
                *error = rd_kafka_last_error();
                return row;
            }
            continue;
        }
        rd_kafka_headers_t *headers = rd_kafka_headers_new(header_count);
        for (size_t i = 0; i < header_count; i++)
            if (parts[first_header + i])
                rd_kafka_header_add(headers, names[i], -1, parts[first_header + i], (ssize_t)sizes[first_header + i]);
        *error = rd_kafka_producev(
            producer, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_VALUE((void *)parts[0], parts[0] ? sizes[0] : 0), RD_KAFKA_V_KEY(key, key_size),
            RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
        if (*error) {
            rd_kafka_headers_destroy(headers);
            return row;
        }
    }
    return count;
}

/// Adds a group's position in one partition to the producer's transaction.
static inline rd_kafka_error_t *millrace_send_position(
    rd_kafka_t *producer, const char *group, const char *topic, int32_t partition, int64_t offset, const void *metadata,
    size_t metadata_size, int timeout_ms) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *element = rd_kafka_topic_partition_list_add(list, topic, partition);
    element->offset = offset;
    // The list frees it with the library's allocator, which is malloc.
    element->metadata = malloc(metadata_size + 1);
    memcpy(element->metadata, metadata, metadata_size);
    ((char *)element->metadata)[metadata_size] = 0;
    element->metadata_size = metadata_size;
    rd_kafka_consumer_group_metadata_t *member = rd_kafka_consumer_group_metadata_new(group);
    rd_kafka_error_t *error = rd_kafka_send_offsets_to_transaction(producer, list, member, timeout_ms);
    rd_kafka_consumer_group_metadata_destroy(member);
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}

// Admin calls: each waits for its answer and returns the error of the call or of its one topic, with words in `text`.

static inline rd_kafka_resp_err_t millrace_admin_answer(rd_kafka_queue_t *queue, int timeout_ms, char *text, size_t size) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms);
    rd_kafka_queue_destroy(queue);
    text[0] = 0;
    if (!event) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    rd_kafka_resp_err_t error = rd_kafka_event_error(event);
    const char *words = error ? rd_kafka_event_error_string(event) : NULL;
    size_t count = 0;
    const rd_kafka_topic_result_t **topics = NULL;
    switch (rd_kafka_event_type(event)) {
        case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
            topics = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
            break;
        case RD_KAFKA_EVENT_DELETETOPICS_RESULT:
            topics = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
            break;
        case RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT:
            topics = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &count);
            break;
        case RD_KAFKA_EVENT_DELETERECORDS_RESULT: {
            const rd_kafka_topic_partition_list_t *list =
                rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
            for (int i = 0; list && !error && i < list->cnt; i++) error = list->elems[i].err;
            break;
        }
        default: break;
    }
    for (size_t i = 0; !error && i < count; i++) {
        error = rd_kafka_topic_result_error(topics[i]);
        words = rd_kafka_topic_result_error_string(topics[i]);
    }
    if (error && words) {
        strncpy(text, words, size - 1);
        text[size - 1] = 0;
    }
    rd_kafka_event_destroy(event);
    return error;
}

/// `settings` are `count` pairs of name and value.
static inline rd_kafka_resp_err_t millrace_create_topic(
    rd_kafka_t *client, const char *name, int partitions, int replication, const char *const *settings, size_t count,
    int timeout_ms, char *text, size_t size) {
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, replication, text, size);
    if (!topic) return RD_KAFKA_RESP_ERR__INVALID_ARG;
    for (size_t i = 0; i < count; i++) rd_kafka_NewTopic_set_config(topic, settings[2 * i], settings[2 * i + 1]);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
    rd_kafka_NewTopic_destroy(topic);
    return millrace_admin_answer(queue, timeout_ms, text, size);
}

static inline rd_kafka_resp_err_t millrace_delete_topic(
    rd_kafka_t *client, const char *name, int timeout_ms, char *text, size_t size) {
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteTopics(client, &topic, 1, NULL, queue);
    rd_kafka_DeleteTopic_destroy(topic);
    return millrace_admin_answer(queue, timeout_ms, text, size);
}

static inline rd_kafka_resp_err_t millrace_create_partitions(
    rd_kafka_t *client, const char *name, size_t total, int timeout_ms, char *text, size_t size) {
    rd_kafka_NewPartitions_t *partitions = rd_kafka_NewPartitions_new(name, total, text, size);
    if (!partitions) return RD_KAFKA_RESP_ERR__INVALID_ARG;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_CreatePartitions(client, &partitions, 1, NULL, queue);
    rd_kafka_NewPartitions_destroy(partitions);
    return millrace_admin_answer(queue, timeout_ms, text, size);
}

/// Deletes the records before the offsets of `list`.
static inline rd_kafka_resp_err_t millrace_delete_records(
    rd_kafka_t *client, const rd_kafka_topic_partition_list_t *list, int timeout_ms, char *text, size_t size) {
    rd_kafka_DeleteRecords_t *records = rd_kafka_DeleteRecords_new(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteRecords(client, &records, 1, NULL, queue);
    rd_kafka_DeleteRecords_destroy(records);
    return millrace_admin_answer(queue, timeout_ms, text, size);
}

/// Copies the value of one setting of a topic to `value`, "" when the topic has none of that name.
static inline rd_kafka_resp_err_t millrace_topic_setting(
    rd_kafka_t *client, const char *topic, const char *name, int timeout_ms, char *value, size_t size) {
    value[0] = 0;
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_DescribeConfigs(client, &resource, 1, NULL, queue);
    rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms);
    rd_kafka_queue_destroy(queue);
    if (!event) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    rd_kafka_resp_err_t error = rd_kafka_event_error(event);
    const rd_kafka_DescribeConfigs_result_t *result = rd_kafka_event_DescribeConfigs_result(event);
    size_t resources = 0, entries = 0;
    const rd_kafka_ConfigResource_t **found =
        error || !result ? NULL : rd_kafka_DescribeConfigs_result_resources(result, &resources);
    if (resources) {
        error = rd_kafka_ConfigResource_error(found[0]);
        const rd_kafka_ConfigEntry_t **list = rd_kafka_ConfigResource_configs(found[0], &entries);
        for (size_t i = 0; !error && i < entries; i++) {
            const char *text = rd_kafka_ConfigEntry_value(list[i]);
            if (text && !strcmp(rd_kafka_ConfigEntry_name(list[i]), name)) strncpy(value, text, size - 1);
        }
    }
    value[size - 1] = 0;
    rd_kafka_event_destroy(event);
    return error;
}
