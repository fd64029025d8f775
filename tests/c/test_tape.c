/* tape: every kind of reply, cut anywhere, is recorded whole, in order, and in linear time. */
#include "check.h"
#include "words.h"

#include "core/tape.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <time.h>

typedef struct listener {
    rc_reader reader;
    rc_tape tape;
    bool direct; /* bytes go where the reader wants them, if it wants them anywhere */
} listener;

static void listen_on(listener *self)
{
    *self = (listener){0};
    CHECK_STATUS(rc_reader_open(&self->reader), RC_OK);
    rc_reader_record(&self->reader, &self->tape);
}

static void hang_up(listener *self)
{
    rc_reader_free(&self->reader);
    rc_tape_free(&self->tape);
}

/* deliver hands over the first bytes, no more than the slice, and returns how many. */
static size_t deliver(listener *self, const char *bytes, size_t slice)
{
    size_t room = 0;
    char *place = self->direct ? rc_reader_place(&self->reader, &room) : NULL;
    if (place == NULL) {
        rc_reader_give(&self->reader, bytes, slice);
        return slice;
    }
    size_t length = room < slice ? room : slice;
    memcpy(place, bytes, length);
    rc_reader_received(&self->reader, length);
    return length;
}

/* hear gives the bytes in slices and returns how many replies came; -1 when reading broke. */
static int hear(listener *self, const char *bytes, size_t length, size_t slice)
{
    int replies = 0;
    for (size_t at = 0; at < length;) {
        at += deliver(self, bytes + at, length - at < slice ? length - at : slice);
        size_t start;
        rc_reading reading;
        while ((reading = rc_reader_next(&self->reader, &start)) == RC_READING_REPLY) {
            replies++;
        }
        if (reading == RC_READING_BROKEN) {
            return -1;
        }
    }
    return replies;
}

static int hear_text(listener *self, const char *text)
{
    return hear(self, text, strlen(text), strlen(text));
}

static const rc_item *item(const listener *self, size_t position)
{
    CHECK(position < self->tape.count);
    return rc_tape_item(&self->tape, position);
}

static void is_text(const listener *self, size_t position, rc_item_type type, const char *text)
{
    const rc_item *found = item(self, position);
    CHECK_INT(found->type, type);
    CHECK_INT(found->size, strlen(text));
    CHECK_TEXT(rc_tape_text(&self->tape, found), text);
}

static void is_integer(const listener *self, size_t position, int64_t value)
{
    CHECK_INT(item(self, position)->type, RC_ITEM_INTEGER);
    CHECK_INT(item(self, position)->integer, value);
}

static void is_sized(const listener *self, size_t position, rc_item_type type, uint32_t size)
{
    CHECK_INT(item(self, position)->type, type);
    CHECK_INT(item(self, position)->size, size);
}

static const char *problem_of(const listener *self)
{
    static rc_error error;
    rc_error_clear(&error);
    rc_reader_problem(&self->reader, &error);
    return error.status == RC_PROTOCOL && error.message[0] != '\0' ? "not RESP"
                                                                   : rc_status_text(error.status);
}

static const char every_kind[] = "+OK\r\n"
                                 "-ERR no\r\n"
                                 ":-9223372036854775808\r\n"
                                 "$5\r\nhello\r\n"
                                 "$0\r\n\r\n"
                                 "$-1\r\n"
                                 "*-1\r\n"
                                 "*0\r\n"
                                 "*3\r\n:1\r\n*2\r\n+a\r\n$-1\r\n$1\r\nb\r\n"
                                 "+\r\n";

static void check_every_kind(const listener *self)
{
    is_text(self, 0, RC_ITEM_STATUS, "OK");
    is_text(self, 1, RC_ITEM_ERROR, "ERR no");
    is_integer(self, 2, INT64_MIN);
    is_text(self, 3, RC_ITEM_STRING, "hello");
    is_text(self, 4, RC_ITEM_STRING, "");
    CHECK_INT(item(self, 5)->type, RC_ITEM_NIL);
    CHECK_INT(item(self, 6)->type, RC_ITEM_NIL);
    is_sized(self, 7, RC_ITEM_ARRAY, 0);
    is_sized(self, 8, RC_ITEM_ARRAY, 3);
    is_integer(self, 9, 1);
    is_sized(self, 10, RC_ITEM_ARRAY, 2);
    is_text(self, 11, RC_ITEM_STATUS, "a");
    CHECK_INT(item(self, 12)->type, RC_ITEM_NIL);
    is_text(self, 13, RC_ITEM_STRING, "b");
    is_text(self, 14, RC_ITEM_STATUS, "");
    CHECK_INT(self->tape.count, 15);
}

static void every_kind_in_every_slice(void)
{
    for (size_t slice = 1; slice < sizeof every_kind; slice++) {
        listener self;
        listen_on(&self);
        CHECK_INT(hear(&self, every_kind, sizeof every_kind - 1, slice), 10);
        check_every_kind(&self);
        CHECK(rc_reader_idle(&self.reader));
        hang_up(&self);
    }
}

static void next_steps_over_whole_elements(void)
{
    listener self;
    listen_on(&self);
    CHECK_INT(hear(&self, every_kind, sizeof every_kind - 1, 100), 10);
    for (size_t position = 0; position < 8; position++) {
        CHECK_INT(rc_tape_next(&self.tape, position), position + 1);
    }
    CHECK_INT(rc_tape_next(&self.tape, 8), 14);
    CHECK_INT(rc_tape_next(&self.tape, 10), 13);
    CHECK_INT(rc_tape_next(&self.tape, 14), 15);
    hang_up(&self);
}

/* Each reply is told with the position where it begins, also when the tape has others before it. */
static void replies_begin_where_they_are_said_to(void)
{
    listener self;
    listen_on(&self);
    static const char bytes[] = "*2\r\n:1\r\n:2\r\n+x\r\n*1\r\n*1\r\n:3\r\n:4\r\n";
    static const size_t starts[] = {0, 3, 4, 7};
    rc_reader_give(&self.reader, bytes, sizeof bytes - 1);
    size_t start;
    for (int i = 0; i < 4; i++) {
        CHECK_INT(rc_reader_next(&self.reader, &start), RC_READING_REPLY);
        CHECK_INT(start, starts[i]);
    }
    CHECK_INT(rc_reader_next(&self.reader, &start), RC_READING_MORE);
    CHECK_INT(rc_reader_next(&self.reader, &start), RC_READING_MORE);
    hang_up(&self);
}

/* A conversation may go on with another tape, which may hold replies of an earlier one. */
static void another_tape_is_written_behind_its_end(void)
{
    listener self;
    listen_on(&self);
    rc_tape other = {0};
    CHECK_INT(hear_text(&self, "+one\r\n"), 1);
    rc_reader_record(&self.reader, &other);
    CHECK_INT(hear_text(&self, "+two\r\n"), 1);
    rc_reader_record(&self.reader, &self.tape);
    size_t start = 99;
    rc_reader_give(&self.reader, "+three\r\n", 8);
    CHECK_INT(rc_reader_next(&self.reader, &start), RC_READING_REPLY);
    CHECK_INT(start, 1);
    CHECK_INT(self.tape.count, 2);
    CHECK_INT(other.count, 1);
    CHECK_TEXT(rc_tape_text(&other, rc_tape_item(&other, 0)), "two");
    rc_tape_free(&other);
    hang_up(&self);
}

static void idle_is_between_replies_only(void)
{
    listener self;
    listen_on(&self);
    CHECK(rc_reader_idle(&self.reader));
    static const char reply[] = "*2\r\n$3\r\nabc\r\n:1\r\n";
    for (size_t i = 0; i + 1 < sizeof reply; i++) {
        int whole = hear(&self, reply + i, 1, 1);
        CHECK_INT(whole, i + 2 == sizeof reply);
        CHECK_INT(rc_reader_idle(&self.reader), whole);
    }
    size_t start;
    rc_reader_give(&self.reader, "+a\r\n+b\r\n", 8);
    CHECK_INT(rc_reader_next(&self.reader, &start), RC_READING_REPLY);
    CHECK(!rc_reader_idle(&self.reader)); /* one more reply is in hand already */
    CHECK_INT(rc_reader_next(&self.reader, &start), RC_READING_REPLY);
    CHECK(rc_reader_idle(&self.reader));
    hang_up(&self);
}

static void texts_may_hold_any_byte(void)
{
    listener self;
    listen_on(&self);
    CHECK_INT(hear(&self, "$7\r\na\0\r\n\xff$1\r\n+z\r\n", 17, 3), 2);
    CHECK_INT(item(&self, 0)->size, 7);
    CHECK(memcmp(rc_tape_text(&self.tape, item(&self, 0)), "a\0\r\n\xff$1", 8) == 0);
    is_text(&self, 1, RC_ITEM_STATUS, "z");
    hang_up(&self);
}

static void check_long_string(const char *bytes, size_t length, size_t size, size_t slice,
                              bool direct)
{
    listener self;
    listen_on(&self);
    self.direct = direct;
    CHECK_INT(hear(&self, bytes, length, slice), 3);
    CHECK_INT(item(&self, 1)->size, size);
    const char *text = rc_tape_text(&self.tape, item(&self, 1));
    CHECK(memcmp(text, bytes + length - 6 - size, size) == 0 && text[size] == '\0');
    is_text(&self, 2, RC_ITEM_STATUS, "b");
    CHECK(rc_reader_idle(&self.reader));
    hang_up(&self);
}

/* A long string comes in many slices, next to short replies; it may be received in place. */
static void long_strings_are_whole(void)
{
    static const size_t sizes[] = {4000, 16384, 65535, 65536, 3000000};
    static const size_t slices[] = {1000, 16384, 65536, 100000, 5000000};
    rc_buffer bytes = {0};
    char *place = rc_buffer_reserve(&bytes, 3000100);
    for (int i = 0; i < 5; i++) {
        size_t length = (size_t)sprintf(place, "+a\r\n$%zu\r\n", sizes[i]);
        for (size_t j = 0; j < sizes[i]; j++) {
            place[length++] = (char)(j * 7 + j / 251);
        }
        length += (size_t)sprintf(place + length, "\r\n+b\r\n");
        for (int j = 0; j < 5; j++) {
            check_long_string(place, length, sizes[i], slices[j], false);
            check_long_string(place, length, sizes[i], slices[j], true);
        }
    }
    rc_buffer_free(&bytes);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Given in one piece, 16 MB would take the grammar's parser a quarter of a minute. */
static void many_replies_take_linear_time(void)
{
    enum { LENGTH = 16 * 1000 * 1000, REPLY = 10 };
    rc_buffer bytes = {0};
    char *place = rc_buffer_reserve(&bytes, LENGTH);
    for (size_t i = 0; i < LENGTH; i += REPLY) {
        memcpy(place + i, "$4\r\nabcd\r\n", REPLY);
    }
    listener self;
    listen_on(&self);
    double begun = cpu_seconds();
    CHECK_INT(hear(&self, place, LENGTH, LENGTH), LENGTH / REPLY);
    CHECK(cpu_seconds() - begun < 5);
    is_text(&self, LENGTH / REPLY - 1, RC_ITEM_STRING, "abcd");
    rc_tape_clear(&self.tape);
    CHECK_INT(self.tape.count, 0);
    CHECK(self.tape.capacity < 10000 && self.tape.text.capacity < 1000 * 1000);
    rc_buffer_free(&bytes);
    hang_up(&self);
}

static void what_is_not_resp_breaks(void)
{
    static const char *const garbage[] = {
        "HTTP/1.1 400 Bad Request\r\n",
        "?x\r\n",
        ":12x\r\n",
        "$abc\r\n",
        "*x\r\n",
        "$-2\r\n",
        "*-2\r\n",
        "\r\n",
        "*1\r\n?\r\n",
        ":99999999999999999999\r\n",
        "*2\r\n+a\r\n$x\r\n",
        "\x16\x03\x01",
    };
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        listener self;
        listen_on(&self);
        CHECK_INT(hear_text(&self, "+fine\r\n"), 1);
        CHECK_INT(hear(&self, garbage[i], strlen(garbage[i]), 5), -1);
        CHECK_TEXT(problem_of(&self), "not RESP");
        size_t start;
        CHECK_INT(rc_reader_next(&self.reader, &start), RC_READING_BROKEN); /* for good */
        is_text(&self, 0, RC_ITEM_STATUS, "fine"); /* what was whole before stays */
        hang_up(&self);
    }
}

/*
 * hiredis 0.14 refuses what is deeper than any command's reply; 1.x takes it, without recursion,
 * and so do tapes.
 */
static void nesting_has_a_limit(void)
{
    listener self;
    listen_on(&self);
    CHECK_INT(hear_text(&self, "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"), 1);
    is_integer(&self, 5, 1);
    CHECK_INT(rc_tape_next(&self.tape, 0), 6);
    char deep[400];
    for (int i = 0; i < 100; i++) {
        memcpy(deep + 4 * i, "*1\r\n", 4);
    }
    CHECK_INT(hear(&self, deep, sizeof deep, sizeof deep), HIREDIS_MAJOR >= 1 ? 0 : -1);
    hang_up(&self);
}

/* A length that is only announced costs nothing. */
static void announced_sizes_take_no_memory(void)
{
    listener self;
    listen_on(&self);
    CHECK_INT(hear_text(&self, "*2147483647\r\n"), 0);
    CHECK_INT(hear_text(&self, "$536870911\r\n"), 0);
    CHECK(self.tape.capacity < 1000 && self.tape.text.capacity < 1000);
    CHECK(!rc_reader_idle(&self.reader));
    hang_up(&self);
}

static void text_is_compared_whole(void)
{
    listener self;
    listen_on(&self);
    CHECK_INT(hear_text(&self, "+yes\r\n$3\r\nyes\r\n-yes\r\n:1\r\n$4\r\nyes!\r\n$-1\r\n"), 6);
    static const bool expected[] = {true, true, false, false, false, false};
    for (size_t i = 0; i < 6; i++) {
        CHECK_INT(rc_tape_is_text(&self.tape, item(&self, i), "yes"), expected[i]);
    }
    hang_up(&self);
}

static void a_copy_is_the_same_elsewhere(void)
{
    listener self;
    listen_on(&self);
    CHECK_INT(hear_text(&self, "+first\r\n*3\r\n$3\r\nabc\r\n*2\r\n:7\r\n$-1\r\n-ERR no\r\n"), 2);
    rc_tape copy = {0};
    CHECK_STATUS(rc_tape_copy(&copy, &self.tape, 1), RC_OK);
    CHECK_STATUS(rc_tape_copy(&copy, &self.tape, 0), RC_OK);
    rc_tape_clear(&self.tape);
    CHECK_TEXT(words_reply(&copy, 0), "[$abc [:7 nil] -ERR no]");
    CHECK_TEXT(words_reply(&copy, rc_tape_next(&copy, 0)), "+first");
    CHECK_INT(copy.count, 7);
    rc_tape_free(&copy);
    hang_up(&self);
}

static void without_memory_nothing_is_copied(void)
{
    listener self;
    listen_on(&self);
    CHECK_INT(hear(&self, every_kind, sizeof every_kind - 1, 20), 10);
    rc_tape copy = {0};
    CHECK_STATUS(rc_tape_copy(&copy, &self.tape, 0), RC_OK);
    size_t count = copy.count;
    size_t length = copy.text.length;
    fail_begin();
    rc_status status = RC_OK;
    for (size_t at = 0; status == RC_OK && at < self.tape.count;
         at = rc_tape_next(&self.tape, at)) {
        count = copy.count;
        length = copy.text.length;
        status = rc_tape_copy(&copy, &self.tape, at);
    }
    bool failed = fail_end();
    CHECK_STATUS(status, failed ? RC_NOMEM : RC_OK);
    if (failed) {
        CHECK(!copy.failed);
        CHECK_INT(copy.count, count);
        CHECK_INT(copy.text.length, length);
    }
    rc_tape_free(&copy);
    hang_up(&self);
}

/* Without memory reading breaks and says so; the tape serves again once it is cleared. */
static void lack_of_memory_is_found(void)
{
    listener self;
    listen_on(&self);
    fail_begin();
    int replies = hear(&self, every_kind, sizeof every_kind - 1, 20);
    bool failed = fail_end();
    CHECK_INT(replies, failed ? -1 : 10);
    CHECK_INT(self.tape.failed, failed);
    if (failed) {
        CHECK_TEXT(problem_of(&self), rc_status_text(RC_NOMEM));
        rc_reader_free(&self.reader);
        rc_tape_clear(&self.tape);
        CHECK(!self.tape.failed);
        CHECK_STATUS(rc_reader_open(&self.reader), RC_OK);
        rc_reader_record(&self.reader, &self.tape);
        CHECK_INT(hear(&self, every_kind, sizeof every_kind - 1, 20), 10);
    }
    check_every_kind(&self);
    hang_up(&self);
}

int main(void)
{
    RUN(every_kind_in_every_slice);
    RUN(next_steps_over_whole_elements);
    RUN(replies_begin_where_they_are_said_to);
    RUN(another_tape_is_written_behind_its_end);
    RUN(idle_is_between_replies_only);
    RUN(texts_may_hold_any_byte);
    RUN(long_strings_are_whole);
    RUN(many_replies_take_linear_time);
    RUN(what_is_not_resp_breaks);
    RUN(nesting_has_a_limit);
    RUN(announced_sizes_take_no_memory);
    RUN(text_is_compared_whole);
    RUN(a_copy_is_the_same_elsewhere);
    FAIL_EACH(without_memory_nothing_is_copied);
    FAIL_EACH(lack_of_memory_is_found);
    return 0;
}
