/*
 * test_ordering: which refused commands a later one has passed, so that they do not go out again.
 *
 * All keys are in the slot of "b" unless a test says otherwise; node 2 is where redirects lead.
 */
#include "check.h"
#include "dry_run.h"
#include "text.h"

#define ASK_B "-ASK 3300 node:2\r\n"
#define OK "+OK\r\n"

static void begin(dry_run *self, const char *const *commands, size_t count)
{
    dry_run_open(self);
    for (size_t i = 0; i < count; i++) {
        bool read = strncmp(commands[i], "GET", 3) == 0;
        dry_run_queue(self, commands[i], read ? RC_COMMAND_READ : 0);
    }
    CHECK_STATUS(dry_run_route(self), RC_OK);
}

/* check plays commands and their replies, and demands which of them go out again. */
static void check(const char *const *commands, const char *const *replies, size_t count,
                  const char *again)
{
    dry_run self;
    begin(&self, commands, count);
    for (size_t i = 0; i < count; i++) {
        dry_run_answer(&self, i, replies[i]);
    }
    dry_run_expect_again(&self, again);
    dry_run_close(&self);
}

#define CHECK_AGAIN(again, commands, replies)                                                      \
    check(commands, replies, sizeof commands / sizeof *commands, again)

static void a_redirect_of_slot_0_speaks_of_no_other_slot(void)
{
    static const char *const commands[] = {"SET b 1"};
    static const char *const replies[] = {"-MOVED 0 node:2\r\n"};
    CHECK_AGAIN("", commands, replies);
}

static void an_asked_read_is_passed_by_writes_of_its_key(void)
{
    static const char *const commands[] = {"GET {b}1", "GET {b}2", "GET {b}1", "SET {b}2 x"};
    static const char *const replies[] = {ASK_B, ASK_B, "$1\r\nx\r\n", OK};
    CHECK_AGAIN("0", commands, replies);
}

static void a_write_counts_whether_a_read_of_its_key_comes_before_or_behind(void)
{
    static const char *const before[] = {"GET {b}1", "GET {b}1", "SET {b}1 x"};
    static const char *const behind[] = {"GET {b}1", "SET {b}1 x", "GET {b}1"};
    static const char *const before_replies[] = {ASK_B, "$1\r\nx\r\n", OK};
    static const char *const behind_replies[] = {ASK_B, OK, "$1\r\nx\r\n"};
    CHECK_AGAIN("", before, before_replies);
    CHECK_AGAIN("", behind, behind_replies);
}

static void each_key_of_a_command_counts(void)
{
    static const char *const commands[] = {"DEL {b}1 {b}2", "DEL {b}3 {b}4", "DEL {b}5 {b}2 {b}6"};
    static const char *const replies[] = {ASK_B, ASK_B, ":1\r\n"};
    CHECK_AGAIN("1", commands, replies);
}

static void the_name_of_a_command_is_no_key(void)
{
    static const char *const commands[] = {"SET {b}1 x", "{b}1 {b}2"};
    static const char *const replies[] = {ASK_B, OK};
    CHECK_AGAIN("0", commands, replies);
}

static void what_came_before_has_passed_nothing(void)
{
    static const char *const commands[] = {"SET {b}1 x", "SET {b}1 y"};
    static const char *const replies[] = {OK, ASK_B};
    CHECK_AGAIN("1", commands, replies);
}

static void a_moved_slot_is_passed_by_any_key_and_an_asked_one_is_not(void)
{
    static const char *const commands[] = {"SET {b}1 x", "SET {b}2 x", "SET {b}3 x"};
    static const char *const replies[] = {"-MOVED 3300 node:2\r\n", ASK_B, OK};
    CHECK_AGAIN("1", commands, replies);
}

/* So many keys that their set grows twice, and that some of them meet at one place of it. */
static void any_number_of_keys_is_told_apart(void)
{
    enum { KEYS = 240 };
    dry_run self;
    dry_run_open(&self);
    for (int i = 0; i < KEYS; i++) {
        dry_run_queue(&self, text_format("SET {b}%d x", i), 0);
    }
    for (int i = 1; i < KEYS; i += 2) {
        dry_run_queue(&self, text_format("SET {b}%d y", i), 0);
    }
    CHECK_STATUS(dry_run_route(&self), RC_OK);
    for (size_t i = 0; i < self.batch.count; i++) {
        dry_run_answer(&self, i, i < KEYS ? ASK_B : OK);
    }
    rc_execution_retry(self.execution);
    CHECK_INT(self.execution->open_count, KEYS / 2);
    for (size_t i = 0; i < self.execution->open_count; i++) {
        CHECK_INT(self.execution->open[i], 2 * i);
    }
    dry_run_close(&self);
}

int main(void)
{
    RUN(a_redirect_of_slot_0_speaks_of_no_other_slot);
    RUN(an_asked_read_is_passed_by_writes_of_its_key);
    RUN(a_write_counts_whether_a_read_of_its_key_comes_before_or_behind);
    RUN(each_key_of_a_command_counts);
    RUN(the_name_of_a_command_is_no_key);
    RUN(what_came_before_has_passed_nothing);
    RUN(a_moved_slot_is_passed_by_any_key_and_an_asked_one_is_not);
    RUN(any_number_of_keys_is_told_apart);
    return 0;
}
