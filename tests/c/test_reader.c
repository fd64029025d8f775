/* test_reader: every kind of reply, cut anywhere, is recorded whole, in order, and in linear time.
 */
#include "check.h"
#include "text.h"

#include "core/resp/reader.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct listener {
    rc_reader reader;
    rc_reply_tree tree;
    bool direct; /* bytes go where the reader wants them, if it wants them anywhere */
} listener;

static void listen_on(listener *self)
{
    *self = (listener){0};
    CHECK_STATUS(rc_reader_open(&self->reader), RC_OK);
    rc_reader_record(&self->reader, &self->tree);
}

static void hang_up(listener *self)
{
    rc_reader_free(&self->reader);
    rc_reply_tree_free(&self->tree);
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
    CHECK(position < self->tree.count);
    return rc_reply_tree_item(&self->tree, position);
}

static void is_text(const listener *self, size_t position, rc_item_type type, const char *text)
{
    const rc_item *found = item(self, position);
    CHECK_INT(found->type, type);
    CHECK_INT(found->size, strlen(text));
    CHECK_TEXT(rc_reply_tree_text(&self->tree, found), text);
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
    return error.status == RC_PROTOCOL && strlen(error.message) > 20 ? "not RESP"
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
    CHECK_INT(self->tree.count, 15);
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

/* Each reply is told with the position where it begins, also when the reply tree has others before
 * it. */
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

/* A conversation may go on with another reply tree, which may hold replies of an earlier one. */
static void another_tree_is_written_behind_its_end(void)
{
    listener self;
    listen_on(&self);
    rc_reply_tree other = {0};
    CHECK_INT(hear_text(&self, "+one\r\n"), 1);
    rc_reader_record(&self.reader, &other);
    CHECK_INT(hear_text(&self, "+two\r\n"), 1);
    rc_reader_record(&self.reader, &self.tree);
    size_t start = 99;
    rc_reader_give(&self.reader, "+three\r\n", 8);
    CHECK_INT(rc_reader_next(&self.reader, &start), RC_READING_REPLY);
    CHECK_INT(start, 1);
    CHECK_INT(self.tree.count, 2);
    CHECK_INT(other.count, 1);
    CHECK_TEXT(rc_reply_tree_text(&other, rc_reply_tree_item(&other, 0)), "two");
    rc_reply_tree_free(&other);
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
    CHECK(memcmp(rc_reply_tree_text(&self.tree, item(&self, 0)), "a\0\r\n\xff$1", 8) == 0);
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
    const char *text = rc_reply_tree_text(&self.tree, item(&self, 1));
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

/* Given in one piece, 16 MB would take the line_parser's parser a quarter of a minute. */
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
    rc_reply_tree_clear(&self.tree);
    CHECK_INT(self.tree.count, 0);
    CHECK(self.tree.capacity < 10000 && self.tree.text.capacity < 1000 * 1000);
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
        ":\r\n",
        ":-\r\n",
        ":-0\r\n",
        ":+1\r\n",
        ":01\r\n",
        ":1 \r\n",
        ":9223372036854775808\r\n",
        ":-9223372036854775809\r\n",
        "$\r\n",
        "$05\r\nhello\r\n",
        "$5\r\nhello--",
        "*00\r\n",
        "%1\r\n+a\r\n+b\r\n",
        "~1\r\n+a\r\n",
        ">1\r\n+a\r\n",
        "=5\r\ntxt:a\r\n",
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

/* What RESP3 says in a line is hiredis' to know, from 1.0 on. */
static void lines_of_other_types_are_left_to_hiredis(void)
{
    listener self;
    listen_on(&self);
    int replies = hear_text(&self, "_\r\n,1.5\r\n#t\r\n+b\r\n");
    CHECK_INT(replies, HIREDIS_MAJOR >= 1 ? 4 : -1);
    if (replies > 0) {
        CHECK_INT(item(&self, 0)->type, RC_ITEM_NIL);
        is_text(&self, 1, RC_ITEM_STRING, "1.5");
        is_integer(&self, 2, 1);
        is_text(&self, 3, RC_ITEM_STATUS, "b");
    }
    hang_up(&self);
}

/* ---- lines ---- */

static void integers_have_64_bits(void)
{
    static const int64_t numbers[] = {0,        9,         -9,        999999999, 1000000000,
                                      12345678, 123456789, INT64_MAX, INT64_MIN, INT64_MAX - 1};
    listener self;
    listen_on(&self);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char text[64];
        size_t length = (size_t)sprintf(text, ":%lld\r\n+behind it\r\n", (long long)numbers[i]);
        CHECK_INT(hear(&self, text, length, length), 2);
        is_integer(&self, 2 * i, numbers[i]);
    }
    hang_up(&self);
}

/* Only CR and LF together end a line; a script may have written one of them. */
static void a_line_may_hold_half_of_its_end(void)
{
    static const char bytes[] = "+a\nb\rc\r\r\n+\n\r\n-\r\n";
    for (size_t slice = 1; slice < sizeof bytes; slice++) {
        listener self;
        listen_on(&self);
        CHECK_INT(hear(&self, bytes, sizeof bytes - 1, slice), 3);
        is_text(&self, 0, RC_ITEM_STATUS, "a\nb\rc\r");
        is_text(&self, 1, RC_ITEM_STATUS, "\n");
        is_text(&self, 2, RC_ITEM_ERROR, "");
        hang_up(&self);
    }
}

static void hear_line(char type, size_t length, size_t slice, bool fits)
{
    char *line = malloc(length + 4);
    CHECK(line != NULL);
    memset(line, 'x', length);
    line[0] = type;
    memcpy(line + length - 2, "\r\n+b\r\n", 6);
    listener self;
    listen_on(&self);
    CHECK_INT(hear(&self, line, length + 4, slice), fits ? 2 : -1);
    if (fits) {
        CHECK_INT(item(&self, 0)->size, length - 3);
        is_text(&self, 1, RC_ITEM_STATUS, "b");
    } else {
        CHECK_TEXT(problem_of(&self), "not RESP");
    }
    hang_up(&self);
    free(line);
}

static void lines_have_a_longest_length(void)
{
    static const size_t slices[] = {1, 1000, 65536, 100000};
    for (int i = 0; i < 4; i++) {
        hear_line('+', RC_LINE_MAX, slices[i], true);
        hear_line('-', RC_LINE_MAX, slices[i], true);
        hear_line('+', RC_LINE_MAX + 1, slices[i], false);
        hear_line('-', RC_LINE_MAX + 1, slices[i], false);
    }
}

/* Errors are read several at once; each is told by itself, and they fill an array no further. */
static void errors_in_a_row_are_replies_of_their_own(void)
{
    static const char bytes[] = "-a\r\n-b\r\n*2\r\n-c\r\n-d\r\n-e\r\n-f\r\n+g\r\n";
    static const size_t starts[] = {0, 1, 2, 5, 6, 7};
    for (size_t slice = 1; slice < sizeof bytes; slice++) {
        listener self;
        listen_on(&self);
        size_t replies = 0;
        for (size_t at = 0; at < sizeof bytes - 1; at += slice) {
            size_t left = sizeof bytes - 1 - at;
            rc_reader_give(&self.reader, bytes + at, left < slice ? left : slice);
            size_t start;
            while (rc_reader_next(&self.reader, &start) == RC_READING_REPLY) {
                CHECK_INT(start, starts[replies++]);
            }
        }
        CHECK_INT(replies, 6);
        CHECK_TEXT(text_reply(&self.tree, 2), "[-c -d]");
        is_text(&self, 6, RC_ITEM_ERROR, "f");
        hang_up(&self);
    }
}

/* ---- limits ---- */

/* nest writes arrays in one another around an integer, and returns the length. */
static size_t nest(char *place, size_t depth)
{
    char *begin = place;
    for (size_t i = 0; i < depth; i++) {
        place += sprintf(place, i % 2 == 0 ? "*2\r\n$-1\r\n" : "*1\r\n");
    }
    place += sprintf(place, ":7\r\n");
    return (size_t)(place - begin);
}

static void is_dropped(const listener *self, size_t position, const char *why)
{
    CHECK_INT(item(self, position)->type, RC_ITEM_DROPPED);
    CHECK(strstr(rc_reply_tree_text(&self->tree, item(self, position)), why) != NULL);
}

static void arrays_may_be_deep(void)
{
    char bytes[10000];
    size_t length = nest(bytes, RC_DEPTH_MAX);
    for (size_t slice = 1; slice <= length; slice += slice < 20 ? 1 : 777) {
        listener self;
        listen_on(&self);
        CHECK_INT(hear(&self, bytes, length, slice), 1);
        CHECK_INT(self.tree.count, RC_DEPTH_MAX + RC_DEPTH_MAX / 2 + 1);
        is_integer(&self, self.tree.count - 1, 7);
        CHECK_INT(rc_reply_tree_next(&self.tree, 0), self.tree.count);
        hang_up(&self);
    }
}

/* What is too deep is lost, and it alone. */
static void deeper_ones_are_dropped(void)
{
    static const size_t depths[] = {RC_DEPTH_MAX + 1, RC_DEPTH_MAX + 2, 5000};
    static char bytes[100000];
    for (int i = 0; i < 3; i++) {
        size_t length = (size_t)sprintf(bytes, "+a\r\n*3\r\n:1\r\n");
        length += nest(bytes + length, depths[i] - 1);
        length += (size_t)sprintf(bytes + length, "*2\r\n$3\r\nabc\r\n-c\r\n+b\r\n:5\r\n");
        for (size_t slice = 1; slice <= length; slice += slice < 20 ? 1 : 7777) {
            listener self;
            listen_on(&self);
            CHECK_INT(hear(&self, bytes, length, slice), 4);
            is_text(&self, 0, RC_ITEM_STATUS, "a");
            is_dropped(&self, 1, "deeper than the 512 levels");
            is_text(&self, 2, RC_ITEM_STATUS, "b");
            is_integer(&self, 3, 5);
            CHECK_INT(self.tree.count, 4);
            CHECK(rc_reader_idle(&self.reader));
            hang_up(&self);
        }
    }
}

/* hear_limited hears the reply between two others, in every slice. */
static void hear_limited(const char *reply, rc_reply_limits limits, const char *why)
{
    char bytes[500];
    size_t length = (size_t)sprintf(bytes, "+a\r\n%s+b\r\n", reply);
    for (size_t slice = 1; slice <= length; slice++) {
        listener self;
        listen_on(&self);
        rc_reader_limit(&self.reader, &limits);
        self.direct = slice % 2 == 0;
        CHECK_INT(hear(&self, bytes, length, slice), 3);
        is_text(&self, 0, RC_ITEM_STATUS, "a");
        if (why != NULL) {
            is_dropped(&self, 1, why);
            is_text(&self, 2, RC_ITEM_STATUS, "b");
        } else {
            CHECK(item(&self, 1)->type != RC_ITEM_DROPPED);
        }
        CHECK(rc_reader_idle(&self.reader));
        hang_up(&self);
    }
}

static void a_reply_has_a_most_of_bytes(void)
{
    static const rc_reply_limits ten = {.bytes = 10, .items = 100};
    static const char why[] = "max_reply_bytes=10 ";
    hear_limited("$10\r\n0123456789\r\n", ten, NULL);
    hear_limited("+0123456789\r\n", ten, NULL);
    hear_limited("-0123456789\r\n", ten, NULL);
    hear_limited("*2\r\n$4\r\n0123\r\n$5\r\n45678\r\n", ten, NULL);
    hear_limited("$11\r\n0123456789a\r\n", ten, why);
    hear_limited("+0123456789a\r\n", ten, why);
    hear_limited("-0123456789a\r\n", ten, why);
    hear_limited("*2\r\n$4\r\n0123\r\n$9\r\n456789abc\r\n", ten, why);
    hear_limited("*3\r\n:1\r\n+0123456789a\r\n:1\r\n", ten, why);
    hear_limited("*3\r\n:1\r\n-0123456789a\r\n-\r\n", ten, why);
    hear_limited("*3\r\n-0123\r\n-4567\r\n-890\r\n", ten, why);
    hear_limited("*2\r\n*2\r\n$11\r\n0123456789a\r\n*1\r\n$-1\r\n*2\r\n*-1\r\n+b\r\n", ten, why);
}

static void a_reply_has_a_most_of_items(void)
{
    static const rc_reply_limits four = {.bytes = 100, .items = 4};
    static const char why[] = "max_reply_items=4 ";
    hear_limited("*3\r\n:1\r\n:2\r\n:3\r\n", four, NULL);
    hear_limited("*1\r\n*1\r\n*1\r\n:3\r\n", four, NULL);
    hear_limited("*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", four, why);
    hear_limited("*2\r\n*1\r\n:1\r\n*2\r\n$3\r\nabc\r\n-x\r\n", four, why);
    hear_limited("*2\r\n*3\r\n*0\r\n*0\r\n*2\r\n:1\r\n:2\r\n:2\r\n", four, why);
}

/* Limits are of a reply, however many replies the reply tree holds. */
static void each_reply_has_limits_of_its_own(void)
{
    static const rc_reply_limits limits = {.bytes = 10, .items = 3};
    listener self;
    listen_on(&self);
    rc_reader_limit(&self.reader, &limits);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(hear_text(&self, "*2\r\n$4\r\nabcd\r\n$4\r\nabcd\r\n-01234567\r\n-01234567\r\n"),
                  3);
    }
    CHECK_INT(self.tree.count, 100);
    hang_up(&self);
}

/* check_spent: the reply is lost at once, and the connection with it, but nothing before. */
static void check_spent(const char *reply, rc_reply_limits limits)
{
    listener self;
    listen_on(&self);
    rc_reader_limit(&self.reader, &limits);
    CHECK_INT(hear_text(&self, "+a\r\n"), 1);
    size_t start = 0;
    rc_reader_give(&self.reader, reply, strlen(reply));
    CHECK_INT(rc_reader_next(&self.reader, &start), RC_READING_REPLY);
    CHECK_INT(start, 1);
    is_dropped(&self, 1, "max_reply_");
    CHECK(!rc_reader_idle(&self.reader));
    CHECK_INT(rc_reader_next(&self.reader, &start), RC_READING_BROKEN);
    CHECK_TEXT(problem_of(&self), rc_status_text(RC_CLOSED));
    is_text(&self, 0, RC_ITEM_STATUS, "a");
    hang_up(&self);
}

static void what_ends_too_far_away_is_given_up(void)
{
    static const rc_reply_limits limits = {.bytes = 1000, .items = 1000};
    check_spent("$536870912\r\nabc", limits);
    check_spent("$9223372036854775807\r\n", limits);
    check_spent("*2147483647\r\n:1\r\n", limits);
    check_spent("*9223372036854775807\r\n:1\r\n", limits);
    check_spent("*2\r\n*3\r\n$536870912\r\n", limits);
    check_spent("*1001\r\n:1\r\n*9223372036854775807\r\n", limits);
    check_spent("*1001\r\n:1\r\n$9223372036854775807\r\n", limits);
    /* The widest limits are not beyond what an item can say. */
    check_spent("$4294967296\r\n", (rc_reply_limits){UINT32_MAX, UINT32_MAX});
    check_spent("*4294967295\r\n", (rc_reply_limits){UINT32_MAX, UINT32_MAX});
}

static void hear_dropped(size_t size, int replies, size_t slice)
{
    static const rc_reply_limits limits = {.bytes = 1000, .items = 1000};
    char *bytes = malloc(size + 100);
    CHECK(bytes != NULL);
    size_t length = (size_t)sprintf(bytes, "*2\r\n$%zu\r\n", size);
    memset(bytes + length, 'x', size);
    length += size;
    length += (size_t)sprintf(bytes + length, "\r\n+a\r\n+b\r\n");
    listener self;
    listen_on(&self);
    self.direct = true;
    rc_reader_limit(&self.reader, &limits);
    CHECK_INT(hear(&self, bytes, length, slice), replies);
    is_dropped(&self, 0, "max_reply_bytes=1000 ");
    CHECK(self.tree.text.capacity < 100000);
    hang_up(&self);
    free(bytes);
}

static void what_ends_soon_is_read_to_its_end(void)
{
    hear_dropped(RC_DROP_MAX - 100, 2, 65536);
    hear_dropped(RC_DROP_MAX - 100, 2, SIZE_MAX);
    hear_dropped(RC_DROP_MAX + 1, -1, 65536);
}

/* An endless reply is given up when its limit, and what may be thrown away, is used up. */
static void what_never_ends_is_given_up(void)
{
    static const rc_reply_limits limits = {.bytes = 1000 * 1000, .items = 1000 * 1000};
    static char bytes[65536];
    for (size_t i = 0; i < sizeof bytes; i += 4) {
        memcpy(bytes + i, "*1\r\n", 4);
    }
    listener self;
    listen_on(&self);
    rc_reader_limit(&self.reader, &limits);
    size_t heard = 0;
    while (hear(&self, bytes, sizeof bytes, sizeof bytes) == 0) {
        heard += sizeof bytes;
        CHECK(heard <= RC_DROP_MAX);
    }
    is_dropped(&self, 0, "deeper than the 512 levels");
    CHECK_TEXT(problem_of(&self), rc_status_text(RC_CLOSED));
    hang_up(&self);
}

/* A length that is only announced costs nothing; memory grows with what has come. */
static void announced_sizes_take_no_memory(void)
{
    listener self;
    listen_on(&self);
    CHECK_INT(hear_text(&self, "*2147483647\r\n"), 0);
    CHECK_INT(hear_text(&self, "$536870912\r\n"), 0);
    CHECK(self.tree.capacity < 1000 && self.tree.text.capacity < 2 * RC_BULK_STEP);
    CHECK(!rc_reader_idle(&self.reader));
    static char bytes[100000];
    for (size_t come = sizeof bytes; come < 20000000; come += sizeof bytes) {
        self.direct = come % 200000 == 0;
        CHECK_INT(hear(&self, bytes, sizeof bytes, sizeof bytes), 0);
        CHECK(self.tree.text.capacity <= 2 * come + 2 * RC_BULK_STEP);
    }
    hang_up(&self);
}

/* ---- memory ---- */

/* Without memory reading breaks and says so; the reply tree serves again once it is cleared. */
static void lack_of_memory_is_found(void)
{
    listener self;
    listen_on(&self);
    fail_begin();
    int replies = hear(&self, every_kind, sizeof every_kind - 1, 20);
    bool failed = fail_end();
    CHECK_INT(replies, failed ? -1 : 10);
    CHECK_INT(self.tree.failed, failed);
    if (failed) {
        CHECK_TEXT(problem_of(&self), rc_status_text(RC_NOMEM));
        rc_reader_free(&self.reader);
        rc_reply_tree_clear(&self.tree);
        CHECK(!self.tree.failed);
        CHECK_STATUS(rc_reader_open(&self.reader), RC_OK);
        rc_reader_record(&self.reader, &self.tree);
        CHECK_INT(hear(&self, every_kind, sizeof every_kind - 1, 20), 10);
    }
    check_every_kind(&self);
    hang_up(&self);
}

int main(void)
{
    RUN(every_kind_in_every_slice);
    RUN(replies_begin_where_they_are_said_to);
    RUN(another_tree_is_written_behind_its_end);
    RUN(idle_is_between_replies_only);
    RUN(texts_may_hold_any_byte);
    RUN(long_strings_are_whole);
    RUN(many_replies_take_linear_time);
    RUN(what_is_not_resp_breaks);
    RUN(lines_of_other_types_are_left_to_hiredis);
    RUN(integers_have_64_bits);
    RUN(a_line_may_hold_half_of_its_end);
    RUN(lines_have_a_longest_length);
    RUN(errors_in_a_row_are_replies_of_their_own);
    RUN(arrays_may_be_deep);
    RUN(deeper_ones_are_dropped);
    RUN(a_reply_has_a_most_of_bytes);
    RUN(a_reply_has_a_most_of_items);
    RUN(each_reply_has_limits_of_its_own);
    RUN(what_ends_too_far_away_is_given_up);
    RUN(what_ends_soon_is_read_to_its_end);
    RUN(what_never_ends_is_given_up);
    RUN(announced_sizes_take_no_memory);
    FAIL_EACH(lack_of_memory_is_found);
    return 0;
}
