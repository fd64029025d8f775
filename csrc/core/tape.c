#include "tape.h"

#include <hiredis/hiredis.h>

/*
 * hiredis moves what is left in its buffer to the front after each KiB that was parsed, so feeding
 * it everything at once is quadratic. A slice bounds that work. Inside a long bulk string nothing
 * is parsed, and a longer slice only saves calls.
 */
enum { SLICE = 4 * 1024, LONG_SLICE = 64 * 1024 };

enum { BULK_MAX = 512 * 1024 * 1024 }; /* the servers' own limit, unless it was raised */

enum { TAPE_KEEP_ITEMS = 4096, TAPE_KEEP_TEXT = 1024 * 1024 };

/* What hiredis asks the object functions to return; it looks only whether it is NULL. */
static char made;

#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

void rc_tape_free(rc_tape *tape)
{
    rc_free(tape->items);
    rc_buffer_free(&tape->text);
    *tape = (rc_tape){0};
}

void rc_tape_clear(rc_tape *tape)
{
    if (tape->capacity > TAPE_KEEP_ITEMS) {
        rc_free(tape->items);
        tape->items = NULL;
        tape->capacity = 0;
    }
    tape->count = 0;
    tape->failed = tape->malformed = false;
    rc_buffer_clear(&tape->text, TAPE_KEEP_TEXT);
}

size_t rc_tape_next(const rc_tape *tape, size_t position)
{
    size_t elements = 1;
    while (elements > 0) {
        const rc_item *item = &tape->items[position++];
        elements--;
        if (item->type == RC_ITEM_ARRAY) {
            elements += item->size;
        }
    }
    return position;
}

bool rc_tape_is_text(const rc_tape *tape, const rc_item *item, const char *text)
{
    bool has_text = item->type == RC_ITEM_STATUS || item->type == RC_ITEM_STRING;
    return has_text && strcmp(rc_tape_text(tape, item), text) == 0;
}

/* ---- the object functions ---- */

static rc_item *add_item(rc_tape *tape, rc_item_type type)
{
    if (tape->count == tape->capacity) {
        rc_item *grown = rc_grow(tape->items, &tape->capacity, tape->count + 1, sizeof *grown);
        if (grown == NULL) {
            tape->failed = true;
            return NULL;
        }
        tape->items = grown;
    }
    rc_item *item = &tape->items[tape->count++];
    item->type = type;
    return item;
}

static rc_item_type text_type(int hiredis_type)
{
    switch (hiredis_type) {
    case REDIS_REPLY_STATUS:
        return RC_ITEM_STATUS;
    case REDIS_REPLY_ERROR:
        return RC_ITEM_ERROR;
    default:
        return RC_ITEM_STRING;
    }
}

/*
 * The object functions never return NULL, which would make the reader give up in the middle of a
 * reply: a lack of memory is noted on the tape and found when the reply is whole.
 */
static void append_text(rc_tape *tape, rc_item_type type, const char *data, size_t length)
{
    char *place = rc_buffer_reserve(&tape->text, length + 1);
    if (place == NULL) {
        tape->failed = true;
        return;
    }
    rc_item *item = add_item(tape, type);
    if (item != NULL) {
        memcpy(place, data, length);
        place[length] = '\0';
        item->size = (uint32_t)length;
        item->offset = tape->text.length;
        tape->text.length += length + 1;
    }
}

static void *record_text(const redisReadTask *task, char *data, size_t length)
{
    rc_tape *tape = task->privdata;
    /* hiredis has waited for the two bytes behind the text, but does not look at them. */
    tape->malformed |= length > UINT32_MAX || data[length] != '\r' || data[length + 1] != '\n';
    append_text(tape, text_type(task->type), data, length);
    return &made;
}

static void *record_array(const redisReadTask *task, element_count elements)
{
    rc_item *item = add_item(task->privdata, RC_ITEM_ARRAY);
    if (item != NULL) {
        item->size = (uint32_t)elements;
    }
    return &made;
}

static void *record_integer(const redisReadTask *task, long long value)
{
    rc_item *item = add_item(task->privdata, RC_ITEM_INTEGER);
    if (item != NULL) {
        item->integer = value;
    }
    return &made;
}

static void *record_nil(const redisReadTask *task)
{
    rc_item *item = add_item(task->privdata, RC_ITEM_NIL);
    if (item != NULL) {
        item->size = 0;
    }
    return &made;
}

#if HIREDIS_MAJOR >= 1
/* RESP3 is never asked for (no HELLO); a server that speaks it unasked still gets whole items. */
static void *record_double(const redisReadTask *task, double value, char *text, size_t length)
{
    (void)value;
    append_text(task->privdata, RC_ITEM_STRING, text, length);
    return &made;
}

static void *record_bool(const redisReadTask *task, int value)
{
    return record_integer(task, value);
}
#endif

static void forget(void *object)
{
    (void)object; /* items live on the tape */
}

static redisReplyObjectFunctions recorder = {
    .createString = record_text,
    .createArray = record_array,
    .createInteger = record_integer,
    .createNil = record_nil,
    .freeObject = forget,
#if HIREDIS_MAJOR >= 1
    .createDouble = record_double,
    .createBool = record_bool,
#endif
};

/* ---- copies ---- */

static void copy_item(rc_tape *target, const rc_tape *source, const rc_item *item)
{
    bool has_text =
        item->type == RC_ITEM_STRING || item->type == RC_ITEM_STATUS || item->type == RC_ITEM_ERROR;
    if (has_text) {
        append_text(target, item->type, rc_tape_text(source, item), item->size);
        return;
    }
    rc_item *copy = add_item(target, item->type);
    if (copy != NULL) {
        *copy = *item;
    }
}

rc_status rc_tape_copy(rc_tape *target, const rc_tape *source, size_t position)
{
    size_t count = target->count;
    size_t length = target->text.length;
    for (size_t end = rc_tape_next(source, position); position < end; position++) {
        copy_item(target, source, rc_tape_item(source, position));
        if (target->failed) {
            target->failed = false;
            target->count = count;
            target->text.length = length;
            return RC_NOMEM;
        }
    }
    return RC_OK;
}

/* ---- the reader ---- */

rc_status rc_reader_open(rc_reader *reader)
{
    *reader = (rc_reader){0};
    redisReader *grammar = redisReaderCreateWithFunctions(&recorder);
    if (grammar == NULL) {
        return RC_NOMEM;
    }
    /* The default lets go of the buffer, and takes a new one, after nearly every slice. */
    grammar->maxbuf = 4 * LONG_SLICE;
    reader->grammar = grammar;
    return RC_OK;
}

void rc_reader_free(rc_reader *reader)
{
    if (reader->grammar != NULL) {
        redisReaderFree(reader->grammar);
        reader->grammar = NULL;
    }
}

void rc_reader_record(rc_reader *reader, rc_tape *tape)
{
    redisReader *grammar = reader->grammar;
    grammar->privdata = tape;
    reader->tape = tape;
    reader->start = tape->count;
}

void rc_reader_give(rc_reader *reader, const char *data, size_t length)
{
    reader->pending = data;
    reader->pending_length = length;
}

static const char *take(rc_reader *reader, size_t length)
{
    const char *data = reader->pending;
    reader->pending += length;
    reader->pending_length -= length;
    return data;
}

static rc_reading whole(rc_reader *reader, size_t *start)
{
    *start = reader->start;
    reader->start = reader->tape->count;
    const rc_tape *tape = reader->tape;
    return tape->failed || tape->malformed ? RC_READING_BROKEN : RC_READING_REPLY;
}

/* ---- bulk strings ---- */

/*
 * collect_header copies up to and with the header's LF into reader->header; false when there is no
 * LF yet. A header that does not fit is not ours: hiredis will say what is wrong with it.
 */
static bool collect_header(rc_reader *reader)
{
    while (reader->pending_length > 0 && reader->header_length < RC_BULK_HEADER_MAX) {
        char byte = *take(reader, 1);
        reader->header[reader->header_length++] = byte;
        if (byte == '\n') {
            return true;
        }
    }
    return reader->header_length == RC_BULK_HEADER_MAX;
}

/* parse_header reads "$64\r\n"; -1: it is something else, or a length that only hiredis shall
 * judge. */
static int64_t parse_header(const char *header, size_t length)
{
    int64_t size = 0;
    if (length < 4 || length > 12 || header[length - 1] != '\n' || header[length - 2] != '\r' ||
        (header[1] == '0' && length > 4)) {
        return -1;
    }
    for (size_t i = 1; i < length - 2; i++) {
        if (header[i] < '0' || header[i] > '9') {
            return -1;
        }
        size = size * 10 + (header[i] - '0');
    }
    return size <= BULK_MAX ? size : -1;
}

/* begin_bulk sets the text's place aside. */
static void begin_bulk(rc_reader *reader, size_t size)
{
    rc_tape *tape = reader->tape;
    reader->header_length = 0;
    reader->in_bulk = true;
    reader->bulk_left = size + 2;
    /* Room for the CRLF as well, so that all of it can be received in one piece. */
    if (rc_buffer_reserve(&tape->text, size + 2) == NULL) {
        tape->failed = true;
        return;
    }
    rc_item *item = add_item(tape, RC_ITEM_STRING);
    if (item != NULL) {
        item->size = (uint32_t)size;
        item->offset = tape->text.length;
    }
}

/* end_bulk checks the CRLF behind the text, and leaves a NUL in its place. */
static bool end_bulk(rc_reader *reader)
{
    rc_buffer *text = &reader->tape->text;
    reader->in_bulk = false;
    const char *end = text->data + text->length - 2;
    if (end[0] != '\r' || end[1] != '\n') {
        return false;
    }
    text->length--;
    text->data[text->length - 1] = '\0';
    return true;
}

static rc_reading read_bulk(rc_reader *reader, size_t *start)
{
    if (reader->tape->failed) {
        return RC_READING_BROKEN;
    }
    rc_buffer *text = &reader->tape->text;
    size_t length =
        reader->bulk_left < reader->pending_length ? reader->bulk_left : reader->pending_length;
    if (length > 0) {
        memcpy(text->data + text->length, take(reader, length), length);
        text->length += length;
        reader->bulk_left -= length;
    }
    if (reader->bulk_left > 0) {
        return RC_READING_MORE;
    }
    return end_bulk(reader) ? whole(reader, start) : RC_READING_BROKEN;
}

char *rc_reader_place(const rc_reader *reader, size_t *room)
{
    if (!reader->in_bulk || reader->tape->failed || reader->bulk_left < LONG_SLICE / 4) {
        return NULL;
    }
    *room = reader->bulk_left;
    return reader->tape->text.data + reader->tape->text.length;
}

void rc_reader_received(rc_reader *reader, size_t length)
{
    reader->tape->text.length += length;
    reader->bulk_left -= length;
}

/* ---- everything else ---- */

static bool feed(rc_reader *reader, const char *data, size_t length)
{
    reader->in_grammar = true;
    return redisReaderFeed(reader->grammar, data, length) == REDIS_OK;
}

/* feed_slice gives hiredis the next slice: a long one when it is inside one long string. */
static bool feed_slice(rc_reader *reader)
{
    const redisReader *grammar = reader->grammar;
    size_t slice = grammar->len - grammar->pos >= SLICE ? LONG_SLICE : SLICE;
    if (slice > reader->pending_length) {
        slice = reader->pending_length;
    }
    return feed(reader, take(reader, slice), slice);
}

static rc_reading read_grammar(rc_reader *reader, size_t *start)
{
    redisReader *grammar = reader->grammar;
    for (;;) {
        void *reply = NULL;
        if (redisReaderGetReply(grammar, &reply) != REDIS_OK || reader->tape->failed) {
            return RC_READING_BROKEN;
        }
        if (reply != NULL) {
            reader->in_grammar = grammar->pos < grammar->len;
            return whole(reader, start);
        }
        if (reader->pending_length == 0) {
            return RC_READING_MORE;
        }
        if (!feed_slice(reader)) {
            return RC_READING_BROKEN;
        }
    }
}

/* begin looks at the first byte of a reply, and decides who reads it. */
static bool begin(rc_reader *reader)
{
    if (reader->header_length == 0 && *reader->pending != '$') {
        return feed_slice(reader);
    }
    if (!collect_header(reader)) {
        return true;
    }
    int64_t size = parse_header(reader->header, reader->header_length);
    if (size >= 0) {
        begin_bulk(reader, (size_t)size);
        return true;
    }
    size_t length = reader->header_length;
    reader->header_length = 0;
    return feed(reader, reader->header, length);
}

rc_reading rc_reader_next(rc_reader *reader, size_t *start)
{
    for (;;) {
        if (reader->in_bulk) {
            return read_bulk(reader, start);
        }
        if (reader->in_grammar) {
            return read_grammar(reader, start);
        }
        if (reader->pending_length == 0) {
            return RC_READING_MORE;
        }
        if (!begin(reader)) {
            return RC_READING_BROKEN;
        }
    }
}

bool rc_reader_idle(const rc_reader *reader)
{
    return !reader->in_bulk && !reader->in_grammar && reader->header_length == 0 &&
           reader->pending_length == 0;
}

void rc_reader_problem(const rc_reader *reader, rc_error *error)
{
    const redisReader *grammar = reader->grammar;
    if (grammar->err == REDIS_ERR_OOM || reader->tape->failed) {
        rc_error_of(error, RC_NOMEM);
    } else {
        rc_error_set(error, RC_PROTOCOL, "%s: %s", rc_status_text(RC_PROTOCOL),
                     grammar->err != 0 ? grammar->errstr : "no CRLF behind a bulk string");
    }
}
