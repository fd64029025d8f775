#include "core/base/buffer.h"

#include <stdlib.h>

#ifdef RC_TESTING

static _Thread_local size_t fail_at;
static _Thread_local bool failed;
static size_t live;

void rc_test_fail_at(size_t nth)
{
    fail_at = nth;
    failed = false;
}

bool rc_test_failed(void)
{
    return failed;
}

size_t rc_test_live(void)
{
    return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

static bool allocation_fails(void)
{
    if (fail_at == 0 || --fail_at > 0) {
        return false;
    }
    failed = true;
    return true;
}

static void count_live(const void *before, const void *after)
{
    if (before == NULL && after != NULL) {
        __atomic_add_fetch(&live, 1, __ATOMIC_RELAXED);
    } else if (before != NULL && after == NULL) {
        __atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED);
    }
}

#else

static inline bool allocation_fails(void)
{
    return false;
}

static inline void count_live(const void *before, const void *after)
{
    (void)before;
    (void)after;
}

#endif

void rc_free(void *block)
{
    count_live(block, NULL);
    free(block);
}

void rc_wipe(void *memory, size_t length)
{
    volatile char *byte = memory; /* a compiler may drop writes to memory that is freed next */
    while (length-- > 0) {
        *byte++ = 0;
    }
}

void rc_free_secret(char *text)
{
    if (text != NULL) {
        rc_wipe(text, strlen(text));
        rc_free(text);
    }
}

void *rc_resize(void *block, size_t size)
{
    if (size == 0) {
        rc_free(block);
        return NULL;
    }
    if (allocation_fails()) {
        return NULL;
    }
    bool fresh = block == NULL;
    void *moved = realloc(block, size);
    if (fresh) {
        count_live(NULL, moved);
    }
    return moved;
}

void *rc_alloc_zeroed(size_t size)
{
    void *block = rc_resize(NULL, size);
    if (block != NULL) {
        memset(block, 0, size);
    }
    return block;
}

char *rc_copy_text(const char *text, size_t length)
{
    char *copy = rc_resize(NULL, length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

void *rc_grow(void *array, size_t *capacity, size_t need, size_t item_size)
{
    if (need <= *capacity) {
        return array;
    }
    size_t wanted = *capacity + *capacity / 2;
    if (wanted < need) {
        wanted = need < 16 ? 16 : need;
    }
    if (wanted > SIZE_MAX / item_size) {
        return NULL;
    }
    void *moved = rc_resize(array, wanted * item_size);
    if (moved != NULL) {
        *capacity = wanted;
    }
    return moved;
}

void rc_buffer_free(rc_buffer *buffer)
{
    rc_free(buffer->data);
    *buffer = (rc_buffer){0};
}

void rc_buffer_free_secret(rc_buffer *buffer)
{
    rc_wipe(buffer->data, buffer->capacity);
    rc_buffer_free(buffer);
}

void rc_buffer_clear(rc_buffer *buffer, size_t keep)
{
    buffer->length = 0;
    if (buffer->capacity > keep) {
        rc_buffer_free(buffer);
    }
}

rc_status rc_buffer_grow(rc_buffer *buffer, size_t extra)
{
    if (extra > SIZE_MAX - buffer->length) {
        return RC_NOMEM;
    }
    char *moved = rc_grow(buffer->data, &buffer->capacity, buffer->length + extra, 1);
    if (moved == NULL) {
        return RC_NOMEM;
    }
    buffer->data = moved;
    return RC_OK;
}
