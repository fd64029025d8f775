/*
 * reader: see reader.h. hiredis parses; where bytes are read without it, a comment says why.
 */
#include "core/resp/reader_internal.h"

enum {
    DIRECT_MIN = 16 * 1024, /* what is shorter is as well copied */
    RUN_MAX = 4 * 1024,     /* bytes of lines that hiredis is given together */
};

/* ---- opening ---- */

rc_status rc_reader_open(rc_reader *reader)
{
    memset(reader, 0, offsetof(rc_reader, open));
    reader->limits = (rc_reply_limits){.bytes = UINT32_MAX, .items = UINT32_MAX};
    return rc_line_parser_open(&reader->line_parser);
}

void rc_reader_free(rc_reader *reader)
{
    rc_line_parser_free(&reader->line_parser);
    rc_buffer_free(&reader->line);
}

void rc_reader_record(rc_reader *reader, rc_reply_tree *tree)
{
    reader->tree = tree;
    reader->start = tree->count;
    reader->text_start = tree->text.length;
}

void rc_reader_limit(rc_reader *reader, const rc_reply_limits *limits)
{
    reader->limits = *limits;
}

void rc_reader_give(rc_reader *reader, const char *data, size_t length)
{
    reader->pending = data;
    reader->pending_length = length;
}

static rc_step fail_without_memory(rc_reader *reader)
{
    reader->tree->failed = true;
    return rc_reader_fail(reader, "");
}

/* close counts elements that are complete, and the arrays that they complete. */
static inline rc_step close(rc_reader *reader, size_t elements)
{
    if (reader->depth == 0) {
        reader->ready = elements;
        return RC_STEP_REPLY;
    }
    uint32_t left = reader->open[reader->depth - 1] -= (uint32_t)elements;
    while (left == 0) {
        if (--reader->depth == 0) {
            reader->ready = 1;
            return RC_STEP_REPLY;
        }
        left = --reader->open[reader->depth - 1];
    }
    return RC_STEP_ON;
}

/* ---- numbers ---- */

/* read_number takes what servers write: no plus, no needless zeros, no more than 64 bits. */
static inline bool read_number(const char *text, const char *end, int64_t *number)
{
    enum { DIGITS_MAX = 19 };
    bool negative = *text == '-';
    text += negative;
    if (text == end || end - text > DIGITS_MAX || (*text == '0' && (end - text > 1 || negative))) {
        return false;
    }
    uint64_t value = 0;
    for (; text < end; text++) {
        unsigned digit = (unsigned)(unsigned char)*text - '0';
        if (digit > 9) {
            return false;
        }
        value = value * 10 + digit;
    }
    if (value > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *number = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static rc_step add_nil(rc_reader *reader)
{
    rc_item *item = rc_reply_tree_add(reader->tree, RC_ITEM_NIL);
    if (item == NULL) {
        return rc_reader_fail(reader, "");
    }
    item->size = 0;
    return close(reader, 1);
}

static rc_step add_integer(rc_reader *reader, int64_t number)
{
    rc_item *item = rc_reply_tree_add(reader->tree, RC_ITEM_INTEGER);
    if (item == NULL) {
        return rc_reader_fail(reader, "");
    }
    item->integer = number;
    return close(reader, 1);
}

static rc_step open_array(rc_reader *reader, int64_t size)
{
    if (size < 0) {
        return size == -1 ? add_nil(reader) : rc_reader_fail(reader, RC_SIZE_BELOW);
    }
    uint64_t items = (reader->depth == 0 ? 1 : reader->items) + (uint64_t)size;
    if (items > reader->limits.items) {
        return rc_reader_drop(reader, RC_LIMIT_ITEMS, (uint64_t)size, 0);
    }
    if (size > 0 && reader->depth == RC_DEPTH_MAX) {
        return rc_reader_drop(reader, RC_LIMIT_DEPTH, (uint64_t)size, 0);
    }
    rc_item *item = rc_reply_tree_add(reader->tree, RC_ITEM_ARRAY);
    if (item == NULL) {
        return rc_reader_fail(reader, "");
    }
    item->size = (uint32_t)size;
    if (size == 0) {
        return close(reader, 1);
    }
    reader->items = items;
    reader->open[reader->depth++] = (uint32_t)size;
    return RC_STEP_ON;
}

/* ---- bulk strings ---- */

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* text_room: how many bytes of text the reply may still have. */
static size_t text_room(const rc_reader *reader)
{
    size_t used = reader->tree->text.length - reader->text_start;
    return used < reader->limits.bytes ? reader->limits.bytes - used : 0;
}

/* make_room lets a long string's memory grow with what has come of it, by as much again. */
static bool make_room(rc_reader *reader)
{
    rc_reply_tree *tree = reader->tree;
    rc_buffer *text = &tree->text;
    if (text->capacity - text->length >= least(reader->bulk_left, DIRECT_MIN)) {
        return true;
    }
    size_t come = text->length - tree->items[tree->count - 1].offset;
    size_t wanted = come > RC_BULK_STEP ? come : RC_BULK_STEP;
    return rc_buffer_reserve(text, least(reader->bulk_left, wanted)) != NULL;
}

/* end_bulk checks the CRLF behind the text, and leaves a NUL in its place. */
static rc_step end_bulk(rc_reader *reader)
{
    rc_buffer *text = &reader->tree->text;
    reader->in_bulk = false;
    const char *end = text->data + text->length - 2;
    if (end[0] != '\r' || end[1] != '\n') {
        return rc_reader_fail(reader, "no CRLF behind a bulk string");
    }
    text->length--;
    text->data[text->length - 1] = '\0';
    return close(reader, 1);
}

static rc_step read_bulk(rc_reader *reader)
{
    rc_buffer *text = &reader->tree->text;
    for (;;) {
        size_t length = least(reader->bulk_left, reader->pending_length);
        length = least(length, text->capacity - text->length);
        if (length > 0) {
            memcpy(text->data + text->length, rc_reader_take(reader, length), length);
            text->length += length;
            reader->bulk_left -= length;
        }
        if (reader->bulk_left == 0) {
            return end_bulk(reader);
        }
        if (!make_room(reader)) {
            return fail_without_memory(reader);
        }
        if (reader->pending_length == 0) {
            return RC_STEP_MORE;
        }
    }
}

/* begin_bulk: not all of the string has come. */
static rc_step begin_bulk(rc_reader *reader, size_t size)
{
    rc_item *item = rc_reply_tree_add(reader->tree, RC_ITEM_STRING);
    if (item == NULL) {
        return rc_reader_fail(reader, "");
    }
    item->size = (uint32_t)size;
    item->offset = reader->tree->text.length;
    reader->in_bulk = true;
    reader->bulk_left = size + 2;
    return make_room(reader) ? read_bulk(reader) : fail_without_memory(reader);
}

static rc_step read_whole_bulk(rc_reader *reader, size_t size)
{
    const char *data = rc_reader_take(reader, size + 2);
    if (data[size] != '\r' || data[size + 1] != '\n') {
        return rc_reader_fail(reader, "no CRLF behind a bulk string");
    }
    rc_reply_tree_add_text(reader->tree, RC_ITEM_STRING, data, size);
    return reader->tree->failed ? rc_reader_fail(reader, "") : close(reader, 1);
}

static rc_step open_bulk(rc_reader *reader, int64_t size)
{
    if (size < 0) {
        return size == -1 ? add_nil(reader) : rc_reader_fail(reader, RC_SIZE_BELOW);
    }
    if ((uint64_t)size > text_room(reader)) {
        return rc_reader_drop(reader, RC_LIMIT_BYTES, 0, (size_t)size + 2);
    }
    bool whole = (uint64_t)size + 2 <= reader->pending_length;
    return whole ? read_whole_bulk(reader, (size_t)size) : begin_bulk(reader, (size_t)size);
}

char *rc_reader_place(const rc_reader *reader, size_t *room)
{
    if (!reader->in_bulk || reader->dropping || reader->bulk_left < DIRECT_MIN) {
        return NULL;
    }
    const rc_buffer *text = &reader->tree->text;
    *room = least(reader->bulk_left, text->capacity - text->length);
    return text->data + text->length;
}

void rc_reader_received(rc_reader *reader, size_t length)
{
    reader->tree->text.length += length;
    reader->bulk_left -= length;
}

/* ---- lines ---- */

/* end_of_line is the place behind the first CRLF, or NULL. */
static const char *end_of_line(const char *text, const char *end)
{
    for (const char *at = text + 1; at < end; at++) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (at == NULL) {
            return NULL;
        }
        if (at[-1] == '\r') {
            return at + 1;
        }
    }
    return NULL;
}

/* read_status keeps a status as it is: hiredis has nothing to parse in it. */
static rc_step read_status(rc_reader *reader, const char *text, size_t length)
{
    if (length > text_room(reader)) {
        return rc_reader_drop(reader, RC_LIMIT_BYTES, 0, 0);
    }
    rc_reply_tree_add_text(reader->tree, RC_ITEM_STATUS, text, length);
    return reader->tree->failed ? rc_reader_fail(reader, "") : close(reader, 1);
}

/* read_lines lets hiredis read `count` lines, which are as many elements. */
static rc_step read_lines(rc_reader *reader, const char *lines, size_t length, size_t count)
{
    const char *fault =
        rc_line_parser_read(&reader->line_parser, reader->tree, lines, length, count);
    return fault == NULL ? close(reader, count) : rc_reader_fail(reader, fault);
}

/*
 * read_error reads the errors behind it as well, if it was not cut: what is called once for many
 * lines costs less for each.
 */
static rc_step read_error(rc_reader *reader, const char *line, size_t length)
{
    size_t room = text_room(reader);
    if (length - 3 > room) {
        return rc_reader_drop(reader, RC_LIMIT_BYTES, 0, 0);
    }
    room -= length - 3;
    size_t count = 1;
    if (line + length == reader->pending) {
        size_t most = reader->depth == 0 ? RUN_MAX : reader->open[reader->depth - 1];
        const char *end = reader->pending + least(reader->pending_length, least(room, RUN_MAX));
        while (count < most && reader->pending < end && *reader->pending == '-') {
            const char *next = end_of_line(reader->pending, end);
            if (next == NULL) {
                break;
            }
            rc_reader_take(reader, (size_t)(next - reader->pending));
            count++;
        }
        length = (size_t)(reader->pending - line);
    }
    return read_lines(reader, line, length, count);
}

/* is_known: what RESP begins a line with that is an element, or its header. */
static bool is_known(char type)
{
    return type != '\0' && strchr("$:*+-_,#(", type) != NULL;
}

/* refuse lets hiredis say what is wrong with the type. */
static rc_step refuse(rc_reader *reader, const char *type)
{
    return rc_reader_fail(reader,
                          rc_line_parser_read(&reader->line_parser, reader->tree, type, 1, 1));
}

static rc_step read_sized(rc_reader *reader, char type, int64_t number)
{
    switch (type) {
    case '$':
        return open_bulk(reader, number);
    case ':':
        return add_integer(reader, number);
    default:
        return open_array(reader, number);
    }
}

static inline bool is_sized(char type)
{
    return type == '$' || type == ':' || type == '*';
}

static rc_step read_line(rc_reader *reader, const char *line, size_t length)
{
    int64_t number = 0;
    if (is_sized(*line) && !read_number(line + 1, line + length - 2, &number)) {
        return rc_reader_fail(reader, "a number or length that is none, or too large");
    }
    if (reader->dropping) {
        return is_known(*line) ? rc_reader_drop_line(reader, *line, length, number)
                               : refuse(reader, line);
    }
    switch (*line) {
    case '$':
    case ':':
    case '*':
        return read_sized(reader, *line, number);
    case '+':
        return read_status(reader, line + 1, length - 3);
    case '-':
        return read_error(reader, line, length);
    default:
        return read_lines(reader, line, length, 1);
    }
}

/* keep_line keeps what has come of a line that is cut; only now can it be too long. */
static rc_step keep_line(rc_reader *reader, size_t length)
{
    rc_buffer *kept = &reader->line;
    if (kept->length + length > RC_LINE_MAX) {
        return rc_reader_fail(reader, "a line of more than 65536 bytes");
    }
    if (rc_buffer_append(kept, rc_reader_take(reader, length), length) != RC_OK) {
        return fail_without_memory(reader);
    }
    /* Another protocol may have no lines. */
    return is_known(kept->data[0]) ? RC_STEP_MORE : refuse(reader, kept->data);
}

/* go_on_with_line looks for the end of a line whose begin is kept. */
static rc_step go_on_with_line(rc_reader *reader)
{
    enum { KEEP_LINE = 1024 };
    rc_buffer *kept = &reader->line;
    const char *end = memchr(reader->pending, '\n', reader->pending_length);
    size_t length = end == NULL ? reader->pending_length : (size_t)(end + 1 - reader->pending);
    rc_step kept_on = keep_line(reader, length);
    if (kept_on != RC_STEP_MORE) {
        return kept_on;
    }
    if (end == NULL || kept->data[kept->length - 2] != '\r') {
        return RC_STEP_ON;
    }
    rc_step result = read_line(reader, kept->data, kept->length);
    rc_buffer_clear(kept, KEEP_LINE);
    return result;
}

/*
 * short_number reads what nearly every element begins with, a line of a few digits that is there as
 * a whole. NULL: it is something else, or cut, or wrong.
 */
static inline const char *short_number(const char *text, const char *end, int64_t *number)
{
    enum { DIGITS = 9, ROOM = DIGITS + 2 };
    if (end - text < ROOM) {
        return NULL;
    }
    unsigned digit = (unsigned)(unsigned char)*text - '0';
    unsigned value = digit;
    const char *at = text;
    if (digit - 1 > 8) {
        return NULL; /* also zero: more digits may follow */
    }
    while ((digit = (unsigned)(unsigned char)*++at - '0') <= 9) {
        value = value * 10 + digit;
        if (at - text == DIGITS - 1) {
            return NULL;
        }
    }
    if (at[0] != '\r' || at[1] != '\n') {
        return NULL;
    }
    *number = value;
    return at + 2;
}

static rc_step read_whole_line(rc_reader *reader)
{
    const char *line = reader->pending;
    const char *end = end_of_line(line, line + reader->pending_length);
    size_t length = end == NULL ? reader->pending_length : (size_t)(end - line);
    if (end == NULL || length > RC_LINE_MAX) {
        return keep_line(reader, length);
    }
    rc_reader_take(reader, length);
    return read_line(reader, line, length);
}

static inline rc_step read_element(rc_reader *reader)
{
    if (reader->line.length > 0) {
        return go_on_with_line(reader);
    }
    const char *line = reader->pending;
    int64_t number;
    if (is_sized(*line) && !reader->dropping) {
        const char *end = short_number(line + 1, line + reader->pending_length, &number);
        if (end != NULL) {
            rc_reader_take(reader, (size_t)(end - line));
            return read_sized(reader, *line, number);
        }
    }
    return read_whole_line(reader);
}

/* ---- replies ---- */

/* hand_out gives the next reply of those that are ready; each of several is a single item. */
static rc_reading hand_out(rc_reader *reader, size_t *start)
{
    const rc_reply_tree *tree = reader->tree;
    if (tree->failed) {
        return RC_READING_BROKEN;
    }
    *start = reader->start;
    if (--reader->ready > 0) {
        reader->start++;
    } else {
        reader->start = tree->count;
        reader->text_start = tree->text.length;
    }
    return RC_READING_REPLY;
}

static rc_step read_on(rc_reader *reader)
{
    if (!reader->in_bulk) {
        return reader->pending_length > 0 ? read_element(reader) : RC_STEP_MORE;
    }
    return reader->dropping ? rc_reader_drop_bulk(reader) : read_bulk(reader);
}

rc_reading rc_reader_next(rc_reader *reader, size_t *start)
{
    if (reader->ready > 0) {
        return hand_out(reader, start);
    }
    if (reader->fault != NULL || reader->spent) {
        return RC_READING_BROKEN;
    }
    rc_step last;
    do {
        last = read_on(reader);
    } while (last == RC_STEP_ON);
    if (last == RC_STEP_REPLY) {
        return hand_out(reader, start);
    }
    return last == RC_STEP_MORE ? RC_READING_MORE : RC_READING_BROKEN;
}

bool rc_reader_idle(const rc_reader *reader)
{
    return reader->ready == 0 && reader->pending_length == 0 && !reader->in_bulk &&
           !reader->dropping && reader->depth == 0 && reader->line.length == 0 &&
           reader->fault == NULL && !reader->spent;
}

void rc_reader_problem(const rc_reader *reader, rc_error *error)
{
    if (reader->tree->failed || (reader->fault != NULL && reader->fault[0] == '\0')) {
        rc_error_of(error, RC_NOMEM);
    } else if (reader->spent) {
        rc_error_set(error, RC_CLOSED,
                     "this client has closed the connection, as an earlier reply on it was over a "
                     "limit, and too long to be read to its end");
    } else {
        rc_error_set(error, RC_PROTOCOL, "%s: %s", rc_status_text(RC_PROTOCOL), reader->fault);
    }
}
