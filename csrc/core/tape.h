/*
 * tape: replies, recorded as they are parsed into one flat array.
 *
 * hiredis' redisReader is the RESP grammar; its object functions write an item per element here
 * instead of building a tree. An array's elements stand right behind it, depth first, so a reply is
 * a run of items and a walk over it is a walk over memory. Texts lie in one buffer, NUL-terminated.
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
    uint16_t source; /* whose replies these are, as the one that records them knows: a node ... */
    uint16_t age;    /* ... of this age ... */
    uint16_t lane;   /* ... and its lane */
    bool failed;     /* memory ran out: what was recorded last is not whole */
    bool malformed;  /* a bulk string had no CRLF behind it */
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

/*
 * rc_tape_copy appends the element at `position` of another tape; RC_NOMEM leaves the target as it
 * was.
 */
rc_status rc_tape_copy(rc_tape *target, const rc_tape *source, size_t position);

/* rc_tape_is_text: whether the item is that status or string. */
bool rc_tape_is_text(const rc_tape *tape, const rc_item *item, const char *text);

/* ---- the reader: bytes in, replies on a tape ---- */

enum { RC_BULK_HEADER_MAX = 16 };

/*
 * hiredis reads everything but one thing: a bulk string that is a whole reply. It is what most
 * replies are, and needs no grammar: a length, then so many bytes, which are copied once, to the
 * tape, or, if there are many of them, received there directly.
 */
typedef struct rc_reader {
    void *grammar; /* redisReader */
    rc_tape *tape;
    const char *pending; /* given, not yet read */
    size_t pending_length;
    size_t start;                    /* of the reply that is being read */
    bool in_grammar;                 /* hiredis has bytes of a reply that is not whole */
    bool in_bulk;                    /* a bulk string's bytes are being copied ... */
    size_t bulk_left;                /* ... and so many, with CRLF, are still to come */
    char header[RC_BULK_HEADER_MAX]; /* of a bulk string, as far as it has come */
    size_t header_length;
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

/*
 * rc_reader_place is where the next bytes may be received directly, instead of being given: NULL,
 * most of the time. rc_reader_received says how many have been.
 */
char *rc_reader_place(const rc_reader *reader, size_t *room);
void rc_reader_received(rc_reader *reader, size_t length);

/* rc_reader_idle: nothing is half read, so the next byte begins a reply. */
bool rc_reader_idle(const rc_reader *reader);

/* rc_reader_problem says why reading is RC_READING_BROKEN. */
void rc_reader_problem(const rc_reader *reader, rc_error *error);

#endif
