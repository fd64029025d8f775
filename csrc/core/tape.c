#include "tape.h"

#include <hiredis/hiredis.h>

/*
 * hiredis moves what is left in its buffer to the front after each KiB that was parsed, so feeding it
 * everything at once is quadratic. A slice bounds that work. Inside a long bulk string nothing is
 * parsed, and a longer slice only saves calls.
 */
enum { SLICE = 4 * 1024, LONG_SLICE = 64 * 1024 };

enum { TAPE_KEEP_ITEMS = 4096, TAPE_KEEP_TEXT = 256 * 1024 };

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
    tape->failed = false;
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
static void *record_text(const redisReadTask *task, char *data, size_t length)
{
    rc_tape *tape = task->privdata;
    char *place = rc_buffer_reserve(&tape->text, length + 1);
    if (place == NULL) {
        tape->failed = true;
        return &made;
    }
    rc_item *item = add_item(tape, text_type(task->type));
    if (item != NULL) {
        memcpy(place, data, length);
        place[length] = '\0';
        item->size = (uint32_t)length;
        item->offset = tape->text.length;
        tape->text.length += length + 1;
    }
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
    return record_text(task, text, length);
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

/* feed gives hiredis the next slice; `long_bulk` when it is inside one long string. */
static int feed(rc_reader *reader, bool long_bulk)
{
    size_t slice = long_bulk ? LONG_SLICE : SLICE;
    if (slice > reader->pending_length) {
        slice = reader->pending_length;
    }
    const char *data = reader->pending;
    reader->pending += slice;
    reader->pending_length -= slice;
    return redisReaderFeed(reader->grammar, data, slice);
}

rc_reading rc_reader_next(rc_reader *reader, size_t *start)
{
    redisReader *grammar = reader->grammar;
    for (;;) {
        void *reply = NULL;
        if (redisReaderGetReply(grammar, &reply) != REDIS_OK || reader->tape->failed) {
            return RC_READING_BROKEN;
        }
        if (reply != NULL) {
            *start = reader->start;
            reader->start = reader->tape->count;
            return RC_READING_REPLY;
        }
        if (reader->pending_length == 0) {
            return RC_READING_MORE;
        }
        if (feed(reader, grammar->len - grammar->pos >= SLICE) != REDIS_OK) {
            return RC_READING_BROKEN;
        }
    }
}

bool rc_reader_idle(const rc_reader *reader)
{
    const redisReader *grammar = reader->grammar;
    return reader->pending_length == 0 && grammar->ridx == -1 && grammar->pos == grammar->len;
}

const char *rc_reader_problem(const rc_reader *reader)
{
    const redisReader *grammar = reader->grammar;
    if (grammar->err == REDIS_ERR_OOM || reader->tape->failed) {
        return rc_status_text(RC_NOMEM);
    }
    return grammar->err != 0 ? grammar->errstr : rc_status_text(RC_PROTOCOL);
}
