/* test_buffer: memory grows by half, fails without harm, and every block is accounted for. */
#include "check.h"

#include "core/base/buffer.h"

static void append_keeps_what_is_there(void)
{
    rc_buffer buffer = {0};
    for (int i = 0; i < 1000; i++) {
        CHECK_STATUS(rc_buffer_append(&buffer, "0123456789", 10), RC_OK);
    }
    CHECK_INT(buffer.length, 10000);
    for (int i = 0; i < 1000; i++) {
        CHECK(memcmp(buffer.data + 10 * i, "0123456789", 10) == 0);
    }
    rc_buffer_free(&buffer);
    CHECK(buffer.data == NULL && buffer.length == 0 && buffer.capacity == 0);
    rc_buffer_free(&buffer); /* an empty one has nothing to free */
}

static void appending_nothing_succeeds(void)
{
    rc_buffer buffer = {0};
    CHECK_STATUS(rc_buffer_append(&buffer, "", 0), RC_OK);
    CHECK_INT(buffer.length, 0);
    rc_buffer_free(&buffer);
}

/* A queue of a million commands stays near its own size, and is not copied at every step. */
static void growth_is_by_half(void)
{
    rc_buffer buffer = {0};
    int moves = 0;
    size_t capacity = 0;
    for (int i = 0; i < 100000; i++) {
        CHECK_STATUS(rc_buffer_append(&buffer, "0123456789", 10), RC_OK);
        CHECK(buffer.capacity >= buffer.length);
        moves += buffer.capacity != capacity;
        capacity = buffer.capacity;
    }
    CHECK(buffer.capacity <= buffer.length + buffer.length / 2 + 16);
    CHECK(moves < 40);
    rc_buffer_free(&buffer);
}

static void reserve_gives_the_place_behind_the_end(void)
{
    rc_buffer buffer = {0};
    CHECK_STATUS(rc_buffer_append(&buffer, "ab", 2), RC_OK);
    char *place = rc_buffer_reserve(&buffer, 5000);
    CHECK(place == buffer.data + 2);
    memset(place, 'x', 5000);
    CHECK_INT(buffer.length, 2); /* what is not claimed is not there */
    CHECK(memcmp(buffer.data, "ab", 2) == 0);
    rc_buffer_free(&buffer);
}

static void a_secret_is_wiped(void)
{
    char secret[] = "secret and more";
    rc_wipe(secret, 6);
    CHECK(memcmp(secret, "\0\0\0\0\0\0 and more", sizeof secret) == 0);
    rc_wipe(NULL, 0);
    rc_free_secret(rc_copy_text("secret", 6));
    rc_free_secret(NULL);
    rc_buffer buffer = {0};
    CHECK_STATUS(rc_buffer_append(&buffer, "secret", 6), RC_OK);
    rc_buffer_free_secret(&buffer);
    CHECK(buffer.data == NULL && buffer.capacity == 0);
    rc_buffer_free_secret(&buffer);
}

static void impossible_sizes_fail(void)
{
    rc_buffer buffer = {0};
    CHECK_STATUS(rc_buffer_append(&buffer, "abc", 3), RC_OK);
    CHECK(rc_buffer_reserve(&buffer, SIZE_MAX) == NULL);
    CHECK(rc_buffer_reserve(&buffer, SIZE_MAX - 2) == NULL);
    CHECK_INT(buffer.length, 3);
    CHECK(memcmp(buffer.data, "abc", 3) == 0);
    rc_buffer_free(&buffer);
    size_t capacity = 0;
    CHECK(rc_grow(NULL, &capacity, SIZE_MAX / 8 + 1, 8) == NULL);
    CHECK_INT(capacity, 0);
}

static void clear_gives_back_what_is_above_the_limit(void)
{
    rc_buffer buffer = {0};
    CHECK(rc_buffer_reserve(&buffer, 1000) != NULL);
    buffer.length = 1000;
    rc_buffer_clear(&buffer, 4096);
    CHECK(buffer.length == 0 && buffer.capacity >= 1000);
    rc_buffer_clear(&buffer, 999);
    CHECK(buffer.data == NULL && buffer.capacity == 0);
}

static void grow_makes_room_for_items(void)
{
    size_t capacity = 0;
    uint64_t *items = NULL;
    for (size_t i = 0; i < 1000; i++) {
        items = rc_grow(items, &capacity, i + 1, sizeof *items);
        CHECK(items != NULL && capacity > i);
        items[i] = i;
    }
    for (size_t i = 0; i < 1000; i++) {
        CHECK_INT(items[i], i);
    }
    CHECK(rc_grow(items, &capacity, 5, sizeof *items) == items); /* enough is enough */
    rc_free(items);
}

static void blocks_are_zeroed_copied_and_freed(void)
{
    unsigned char *zeroed = rc_alloc_zeroed(100);
    CHECK(zeroed != NULL);
    for (int i = 0; i < 100; i++) {
        CHECK_INT(zeroed[i], 0);
    }
    CHECK(rc_resize(zeroed, 0) == NULL); /* which frees */
    char *text = rc_copy_text("hello world", 5);
    CHECK_TEXT(text, "hello");
    text = rc_resize(text, 1000);
    CHECK_TEXT(text, "hello");
    rc_free(text);
    rc_free(NULL);
}

/* A failure leaves the bytes, the array and its capacity as they were. */
static void failures_change_nothing(void)
{
    rc_buffer buffer = {0};
    CHECK_STATUS(rc_buffer_append(&buffer, "0123456789", 10), RC_OK);
    rc_buffer before = buffer;
    fail_begin();
    rc_status status = rc_buffer_append(&buffer, "0123456789", 10);
    if (fail_end()) {
        CHECK_STATUS(status, RC_NOMEM);
        CHECK(buffer.data == before.data && buffer.length == 10);
        CHECK_INT(buffer.capacity, before.capacity);
        status = rc_buffer_append(&buffer, "0123456789", 10);
    }
    CHECK_STATUS(status, RC_OK);
    CHECK(memcmp(buffer.data, "01234567890123456789", 20) == 0);
    rc_buffer_free(&buffer);
}

static void failing_helpers_give_null(void)
{
    fail_begin();
    char *text = rc_copy_text("x", 1);
    void *zeroed = rc_alloc_zeroed(10);
    if (fail_end()) {
        CHECK((text == NULL) != (zeroed == NULL)); /* one fails, the other does not */
    } else {
        CHECK(text != NULL && zeroed != NULL);
    }
    rc_free(text);
    rc_free(zeroed);
}

#ifdef RC_TESTING
/* The tests stand on this: only the Nth allocation fails, and live blocks are counted. */
static void the_failing_allocator_does_what_it_says(void)
{
    size_t live = rc_test_live();
    rc_test_fail_at(2);
    void *one = rc_resize(NULL, 1);
    CHECK(one != NULL && !rc_test_failed());
    CHECK(rc_resize(one, 2) == NULL && rc_test_failed());
    CHECK((one = rc_resize(one, 2)) != NULL);
    CHECK_INT(rc_test_live(), live + 1);
    rc_free(one);
    CHECK_INT(rc_test_live(), live);
}
#endif

int main(void)
{
    RUN(append_keeps_what_is_there);
    RUN(appending_nothing_succeeds);
    RUN(growth_is_by_half);
    RUN(reserve_gives_the_place_behind_the_end);
    RUN(impossible_sizes_fail);
    RUN(a_secret_is_wiped);
    RUN(clear_gives_back_what_is_above_the_limit);
    RUN(grow_makes_room_for_items);
    RUN(blocks_are_zeroed_copied_and_freed);
    FAIL_EACH(failures_change_nothing);
    FAIL_EACH(failing_helpers_give_null);
#ifdef RC_TESTING
    RUN(the_failing_allocator_does_what_it_says);
#endif
    return 0;
}
