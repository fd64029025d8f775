/*
 * buffer: growable memory, and the only place of the core that allocates.
 *
 * Everything that grows (bytes, arrays, nodes) comes through rc_resize, so that a build with
 * RC_TESTING can make the Nth allocation fail. Growth is by half, which keeps a queue of a million
 * commands near its own size. Not thread-safe: a buffer belongs to whoever owns the struct it is
 * in.
 */
#ifndef RC_BUFFER_H
#define RC_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/error.h"

/*
 * rc_resize is realloc: block may be NULL, size 0 frees and returns NULL. When it fails it returns
 * NULL and the block is as it was.
 */
void *rc_resize(void *block, size_t size);

/* rc_alloc_zeroed is calloc of one block: the caller frees it with rc_free; NULL without memory. */
void *rc_alloc_zeroed(size_t size);

/* rc_copy_text copies a text and adds a NUL. The caller frees it with rc_free; NULL without memory.
 */
char *rc_copy_text(const char *text, size_t length);

/* rc_free frees what one of the functions above has returned; NULL is allowed. */
void rc_free(void *block);

/* rc_wipe overwrites memory that held a secret; no compiler takes it for useless. */
void rc_wipe(void *memory, size_t length);

/* rc_free_secret wipes a text before it frees it; NULL is allowed. */
void rc_free_secret(char *text);

/*
 * rc_grow makes room for `need` items in an array of `*capacity` items and returns the array, moved
 * perhaps; NULL when memory is out, and then array and *capacity are as they were.
 */
void *rc_grow(void *array, size_t *capacity, size_t need, size_t item_size);

typedef struct rc_buffer {
    char *data;
    size_t length;
    size_t capacity;
} rc_buffer;

/* rc_buffer_free frees the bytes and leaves an empty buffer, which may be used again. */
void rc_buffer_free(rc_buffer *buffer);

/* rc_buffer_free_secret wipes the bytes before it frees them. Growth leaves copies: reserve first.
 */
void rc_buffer_free_secret(rc_buffer *buffer);

/* rc_buffer_clear forgets the bytes; memory above `keep` goes back. */
void rc_buffer_clear(rc_buffer *buffer, size_t keep);

/*
 * rc_buffer_grow makes room for `extra` more bytes; the bytes may move. RC_NOMEM leaves the buffer
 * as it was. rc_buffer_reserve calls it when there is no room.
 */
rc_status rc_buffer_grow(rc_buffer *buffer, size_t extra);

/* rc_buffer_reserve gives the place for `extra` more bytes behind the end, or NULL. */
static inline char *rc_buffer_reserve(rc_buffer *buffer, size_t extra)
{
    if (buffer->capacity - buffer->length < extra && rc_buffer_grow(buffer, extra) != RC_OK) {
        return NULL;
    }
    return buffer->data + buffer->length;
}

/* rc_buffer_append copies bytes to the end. RC_NOMEM leaves the buffer as it was. */
static inline rc_status rc_buffer_append(rc_buffer *buffer, const char *data, size_t length)
{
    if (length == 0) {
        return RC_OK; /* an empty buffer has no place to copy nothing to */
    }
    char *place = rc_buffer_reserve(buffer, length);
    if (place == NULL) {
        return RC_NOMEM;
    }
    memcpy(place, data, length);
    buffer->length += length;
    return RC_OK;
}

#ifdef RC_TESTING
/* rc_test_fail_at makes the Nth allocation from now fail (1: the next one), once; 0: none. */
void rc_test_fail_at(size_t nth);

/* rc_test_failed tells whether that allocation has been reached. */
bool rc_test_failed(void);

/* rc_test_live is the number of blocks that are not freed. */
size_t rc_test_live(void);
#endif

#endif
