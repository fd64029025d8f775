/*
 * tape: replies, recorded as they are parsed into one flat array.
 *
 * hiredis' redisReader is the RESP grammar; its object functions write an item per element here
 * instead of building a tree. An array's elements stand right behind it, depth first, so a reply is a
 * run of items and a walk over it is a walk over memory. Texts lie in one buffer, NUL-terminated.
 * A tape belongs to one conversation at a time and outlives the connection that filled it.
 */
#ifndef RC_TAPE_H
#define RC_TAPE_H

#include "buffer.h"

typedef enum rc_item_type {
    RC_ITEM_STRING,
    RC_ITEM_STATUS,
    RC_ITEM_ERROR,
    RC_ITEM_INTEGER,
    RC_ITEM_NIL,
    RC_ITEM_ARRAY
} rc_item_type;

typedef struct rc_item {
    rc_item_type type;
    uint32_t size; /* bytes of a text, elements of an array */
    union {
        int64_t integer;
        size_t offset; /* of a text in the tape's buffer */
    };
} rc_item;

typedef struct rc_tape {
    rc_item *items;
    size_t count;
    size_t capacity;
    rc_buffer text;
    bool failed; /* memory ran out: what was recorded last is not whole */
} rc_tape;

void rc_tape_free(rc_tape *tape);

/* rc_tape_clear forgets all replies and keeps a little memory for the next ones. */
void rc_tape_clear(rc_tape *tape);

static inline const rc_item *rc_tape_item(const rc_tape *tape, size_t position)
{
    return &tape->items[position];
}

/* rc_tape_text is the text of an item that has one; a NUL stands behind its last byte. */
static inline const char *rc_tape_text(const rc_tape *tape, const rc_item *item)
{
    return tape->text.data + item->offset;
}

/* rc_tape_next is the position behind the element at `position`, its own elements included. */
size_t rc_tape_next(const rc_tape *tape, size_t position);

/* rc_tape_is_text: whether the item is that status or string. */
bool rc_tape_is_text(const rc_tape *tape, const rc_item *item, const char *text);

/* ---- the reader: bytes in, replies on a tape ---- */

typedef struct rc_reader {
    void *grammar; /* redisReader */
    rc_tape *tape;
    const char *pending; /* given, not yet fed */
    size_t pending_length;
    size_t start; /* of the reply that is being read */
} rc_reader;

typedef enum rc_reading {
    RC_READING_REPLY, /* one more reply is whole, and begins at *start */
    RC_READING_MORE,  /* all bytes are used up */
    RC_READING_BROKEN /* not RESP, or memory is out: the reader is of no more use */
} rc_reading;

rc_status rc_reader_open(rc_reader *reader);
void rc_reader_free(rc_reader *reader);

/* rc_reader_record says where the following replies go; only between replies. */
void rc_reader_record(rc_reader *reader, rc_tape *tape);

/*
 * rc_reader_give hands over bytes, which must stay where they are until rc_reader_next said
 * RC_READING_MORE.
 */
void rc_reader_give(rc_reader *reader, const char *data, size_t length);
rc_reading rc_reader_next(rc_reader *reader, size_t *start);

/* rc_reader_idle: nothing is half read, so the next byte begins a reply. */
bool rc_reader_idle(const rc_reader *reader);

/* rc_reader_problem says in words why reading is RC_READING_BROKEN. */
const char *rc_reader_problem(const rc_reader *reader);

#endif
