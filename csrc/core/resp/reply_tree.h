/*
 * tape: replies, recorded as they are read into one flat array.
 *
 * There is an item per element instead of a tree. An array's elements stand right behind it, depth
 * first, so a reply is a run of items and a walk over it is a walk over memory. Texts lie in one
 * buffer, NUL-terminated. A tape belongs to one conversation at a time and outlives the connection
 * that filled it.
 */
#ifndef RC_TAPE_H
#define RC_TAPE_H

#include "core/base/buffer.h"

typedef enum rc_item_type {
    RC_ITEM_STRING,
    RC_ITEM_STATUS,
    RC_ITEM_ERROR,
    RC_ITEM_INTEGER,
    RC_ITEM_NIL,
    RC_ITEM_ARRAY,
    RC_ITEM_DROPPED /* a whole reply that was over a limit: the text says over which */
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
} rc_tape;

void rc_tape_free(rc_tape *tape);

/* rc_tape_grow makes room for another item; RC_NOMEM, and the tape has failed. */
rc_status rc_tape_grow(rc_tape *tape);

/* rc_tape_clear forgets all replies and keeps a little memory for the next ones. */
void rc_tape_clear(rc_tape *tape);

static inline const rc_item *rc_tape_item(const rc_tape *tape, size_t position)
{
    return &tape->items[position];
}

/* rc_tape_is_failure: the command that the item answers has no result, but an error. */
static inline bool rc_tape_is_failure(const rc_item *item)
{
    return item->type == RC_ITEM_ERROR || item->type == RC_ITEM_DROPPED;
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

/* ---- writing: for who reads replies ---- */

/* rc_tape_add appends an item; NULL without memory, and the tape has failed. */
static inline rc_item *rc_tape_add(rc_tape *tape, rc_item_type type)
{
    if (tape->count == tape->capacity && rc_tape_grow(tape) != RC_OK) {
        return NULL;
    }
    rc_item *item = &tape->items[tape->count++];
    item->type = type;
    return item;
}

/* rc_tape_add_text appends a copy of a text; without memory the tape has failed. */
static inline void rc_tape_add_text(rc_tape *tape, rc_item_type type, const char *data,
                                    size_t length)
{
    char *place = rc_buffer_reserve(&tape->text, length + 1);
    rc_item *item = place == NULL ? NULL : rc_tape_add(tape, type);
    if (item == NULL) {
        tape->failed = true;
        return;
    }
    memcpy(place, data, length);
    place[length] = '\0';
    item->size = (uint32_t)length;
    item->offset = tape->text.length;
    tape->text.length += length + 1;
}

/* rc_tape_cut forgets what was recorded behind so many items and bytes of text. */
void rc_tape_cut(rc_tape *tape, size_t count, size_t length);

#endif
