/* test_batch: commands written byte by byte, given up without a trace, walked over, and used again.
 */
#include "check.h"
#include "text.h"

#include "core/execution/batch.h"

#include <stdio.h>

static void request_is(const rc_batch *batch, size_t index, const char *bytes)
{
    size_t length;
    const char *request = rc_batch_request(batch, index, &length);
    CHECK_INT(length, strlen(bytes));
    CHECK(memcmp(request, bytes, length) == 0);
}

static void commands_are_requests_one_behind_the_other(void)
{
    rc_batch batch = {0};
    CHECK_INT(text_queue(&batch, "SET key value", 0), 0);
    CHECK_STATUS(rc_batch_begin(&batch, 3), RC_OK);
    CHECK_STATUS(rc_batch_argument(&batch, "EXPIRE", 6), RC_OK);
    CHECK_STATUS(rc_batch_encoded(&batch, "$3\r\nkey\r\n", 9, 1), RC_OK);
    CHECK_STATUS(rc_batch_integer(&batch, -60), RC_OK);
    CHECK(rc_batch_end(&batch, 5, RC_COMMAND_PINNED, 42) != NULL);
    CHECK_INT(text_queue(&batch, "PING", 0), 2);
    CHECK_INT(batch.count, 3);
    request_is(&batch, 0, "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n");
    request_is(&batch, 1, "*3\r\n$6\r\nEXPIRE\r\n$3\r\nkey\r\n$3\r\n-60\r\n");
    request_is(&batch, 2, "*1\r\n$4\r\nPING\r\n");
    CHECK_INT(rc_batch_end_of(&batch, 2), batch.requests.length);
    rc_batch_free(&batch);
}

static void a_new_command_is_not_sent(void)
{
    rc_batch batch = {0};
    CHECK_STATUS(rc_batch_begin(&batch, 1), RC_OK);
    CHECK_STATUS(rc_batch_argument(&batch, "PING", 4), RC_OK);
    const rc_command *command = rc_batch_end(&batch, 77, RC_COMMAND_READ, 42);
    CHECK(command == &batch.commands[0]);
    CHECK_INT(command->state, RC_NOT_SENT);
    CHECK_INT(command->slot, 77);
    CHECK_INT(command->flags, RC_COMMAND_READ);
    CHECK_INT(command->tag, 42);
    CHECK_INT(command->node, RC_NO_NODE);
    CHECK(rc_batch_reply(&batch, command) == NULL);
    rc_batch_free(&batch);
}

/* The count of arguments may be guessed wrong, with another number of digits in the header. */
static void headers_fit_the_arguments(void)
{
    static const size_t guesses[] = {0, 1, 9, 10, 99, 100, 5000};
    static const size_t counts[] = {1, 9, 10, 11, 99, 100, 101, 1000};
    rc_batch batch = {0};
    for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++) {
            CHECK_STATUS(rc_batch_begin(&batch, guesses[i]), RC_OK);
            for (size_t k = 0; k < counts[j]; k++) {
                CHECK_STATUS(rc_batch_argument(&batch, "x", 1), RC_OK);
            }
            CHECK(rc_batch_end(&batch, 0, 0, 0) != NULL);
            size_t length;
            const char *request = rc_batch_request(&batch, batch.count - 1, &length);
            char header[16];
            size_t size = (size_t)sprintf(header, "*%zu\r\n$1\r\n", counts[j]);
            CHECK_INT(length, size - 4 + 7 * counts[j]);
            CHECK(memcmp(request, header, size) == 0);
            CHECK(memcmp(request + length - 7, "$1\r\nx\r\n", 7) == 0);
        }
    }
    rc_batch_free(&batch);
}

static void an_abandoned_command_leaves_no_trace(void)
{
    rc_batch batch = {0};
    text_queue(&batch, "SET a 1", 0);
    size_t length = batch.requests.length;
    CHECK_STATUS(rc_batch_begin(&batch, 2), RC_OK);
    rc_batch_abandon(&batch);
    CHECK_STATUS(rc_batch_begin(&batch, 2), RC_OK);
    CHECK_STATUS(rc_batch_argument(&batch, "SET", 3), RC_OK);
    CHECK_STATUS(rc_batch_integer(&batch, 12345), RC_OK);
    rc_batch_abandon(&batch);
    CHECK(batch.requests.length == length && batch.count == 1);
    text_queue(&batch, "SET b 2", 0);
    request_is(&batch, 0, "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n");
    request_is(&batch, 1, "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n");
    rc_batch_free(&batch);
}

static void arguments_can_be_walked_over(void)
{
    static const char *const text[] = {"MSET", "", "a\r\nb", "$5\r\n"};
    rc_batch batch = {0};
    text_queue(&batch, "PING", 0);
    CHECK_STATUS(rc_batch_begin(&batch, 4), RC_OK);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(rc_batch_argument(&batch, text[i], strlen(text[i])), RC_OK);
    }
    CHECK_STATUS(rc_batch_integer(&batch, -7), RC_OK);
    CHECK(rc_batch_end(&batch, 0, 0, 0) != NULL);
    text_queue(&batch, "PING", 0);
    const char *cursor = NULL;
    const char *data;
    size_t length;
    for (int i = 0; i < 4; i++) {
        CHECK(rc_batch_next_argument(&batch, 1, &cursor, &data, &length));
        CHECK_INT(length, strlen(text[i]));
        CHECK(memcmp(data, text[i], length) == 0);
    }
    CHECK(rc_batch_next_argument(&batch, 1, &cursor, &data, &length));
    CHECK(length == 2 && memcmp(data, "-7", 2) == 0);
    CHECK(!rc_batch_next_argument(&batch, 1, &cursor, &data, &length));
    rc_batch_free(&batch);
}

static void commands_may_block(void)
{
    rc_batch batch = {0};
    for (int i = 0; i < 10; i++) {
        text_queue(&batch, "BLPOP", 0);
        if (i % 3 == 0) {
            CHECK_STATUS(rc_batch_block(&batch, 100 + i), RC_OK);
        }
    }
    for (size_t i = 0; i < 10; i++) {
        CHECK_INT(rc_batch_blocked(&batch, i), i % 3 == 0 ? 100 + (int)i : 0);
    }
    CHECK_INT(rc_batch_patience(&batch, 1000), 1000 + 100 + 103 + 106 + 109);
    CHECK_INT(rc_batch_patience(&batch, -1), -1);
    rc_batch_undo(&batch);
    rc_batch_undo(&batch);
    CHECK_INT(batch.count, 8);
    CHECK_INT(rc_batch_patience(&batch, 0), 100 + 103 + 106);
    text_queue(&batch, "PING", 0);
    text_queue(&batch, "PING", 0);
    CHECK_INT(rc_batch_blocked(&batch, 9), 0);
    CHECK_STATUS(rc_batch_block(&batch, RC_NEVER), RC_OK);
    CHECK_INT(rc_batch_patience(&batch, 1000), -1);
    rc_batch_clear(&batch);
    CHECK_INT(rc_batch_patience(&batch, 1000), 1000);
    rc_batch_free(&batch);
}

static void trees_are_kept_for_the_next_call(void)
{
    rc_batch batch = {0};
    rc_reply_tree *trees[40];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 40; i++) {
            uint16_t number;
            rc_reply_tree *tree = rc_batch_add_tree(&batch, &number);
            CHECK(tree != NULL && tree->count == 0);
            CHECK_INT(number, i);
            CHECK(round == 0 || tree == trees[i]);
            trees[i] = tree;
            CHECK_STATUS(rc_buffer_append(&tree->text, "text", 4), RC_OK);
        }
        rc_batch_clear(&batch);
        CHECK_INT(batch.tree_count, 0);
        CHECK_INT(trees[7]->text.length, 0);
    }
    CHECK_INT(batch.trees_made, 40);
    rc_batch_free(&batch);
}

/* More reply trees than numbers: there is an end, and it is told. */
static void trees_have_an_end(void)
{
    rc_batch batch = {0};
    uint16_t number;
    size_t count = 0;
    while (rc_batch_add_tree(&batch, &number) != NULL) {
        CHECK_INT(number, count++);
    }
    CHECK_INT(count, RC_NO_TREE);
    rc_batch_free(&batch);
}

static void errors_are_copied_and_numbered(void)
{
    rc_batch batch = {0};
    text_queue(&batch, "GET a", 0);
    text_queue(&batch, "GET b", 0);
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_CLOSED, "one");
    batch.commands[0].reply = rc_batch_add_error(&batch, &error);
    rc_error_set(&error, RC_TIMEOUT, "two");
    batch.commands[1].reply = rc_batch_add_error(&batch, &error);
    rc_error_set(&error, RC_OK, "three");
    CHECK_TEXT(rc_batch_error(&batch, &batch.commands[0])->message, "one");
    CHECK_STATUS(rc_batch_error(&batch, &batch.commands[1])->status, RC_TIMEOUT);
    rc_batch_free(&batch);
}

/* What was queued by the million is given back; what is small stays for the next call. */
static void clear_keeps_a_little_memory(void)
{
    rc_batch batch = {0};
    for (int i = 0; i < 100000; i++) {
        text_queue(&batch, "SET key:0000000001 value", 0);
    }
    CHECK(batch.requests.capacity + batch.capacity * sizeof(rc_command) < 100000 * 120);
    rc_batch_clear(&batch);
    CHECK(batch.count == 0 && batch.requests.length == 0);
    CHECK(batch.requests.capacity <= 1000 * 1000 && batch.capacity <= 100 * 1000 / 2);
    text_queue(&batch, "PING", 0);
    const char *kept = batch.requests.data;
    rc_batch_clear(&batch);
    text_queue(&batch, "PING", 0);
    CHECK(batch.requests.data == kept);
    request_is(&batch, 0, "*1\r\n$4\r\nPING\r\n");
    rc_batch_free(&batch);
}

/* A call of many nodes does not keep what each of them has said. */
static void clear_keeps_the_memory_of_few_nodes(void)
{
    enum { NODES = 100, TEXT = 600 * 1000 };
    rc_batch batch = {0};
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < NODES; i++) {
            uint16_t number;
            rc_reply_tree *tree = rc_batch_add_tree(&batch, &number);
            CHECK(tree != NULL && number == i);
            CHECK(rc_buffer_reserve(&tree->text, TEXT) != NULL);
        }
        rc_batch_clear(&batch);
        size_t kept = 0;
        for (size_t i = 0; i < batch.trees_made; i++) {
            kept += batch.trees[i]->text.capacity;
        }
        CHECK(kept >= TEXT && kept < 20 * TEXT);
    }
    rc_batch_free(&batch);
}

static bool queue_or_abandon(rc_batch *batch)
{
    if (rc_batch_begin(batch, 1) != RC_OK ||
        rc_batch_argument(batch, "a value of some length", 22) != RC_OK ||
        rc_batch_integer(batch, 1) != RC_OK ||
        rc_batch_encoded(batch, "$1\r\nx\r\n$1\r\nx\r\n$1\r\nx\r\n", 21, 3) != RC_OK) {
        rc_batch_abandon(batch);
        return false;
    }
    return rc_batch_end(batch, 0, 0, 0) != NULL; /* which abandons it itself */
}

/* A command that cannot be queued is not there; those before it and after it are. */
static void without_memory_a_command_is_not_there(void)
{
    rc_batch batch = {0};
    text_queue(&batch, "SET a 1", 0);
    fail_begin();
    size_t queued = 1;
    for (int i = 0; i < 30; i++) {
        queued += queue_or_abandon(&batch);
    }
    bool failed = fail_end();
    CHECK_INT(queued, failed ? 30 : 31);
    CHECK_INT(batch.count, queued);
    request_is(&batch, 0, "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n");
    for (size_t i = 1; i < queued; i++) {
        request_is(&batch, i,
                   "*5\r\n$22\r\na value of some length\r\n$1\r\n1\r\n"
                   "$1\r\nx\r\n$1\r\nx\r\n$1\r\nx\r\n");
    }
    rc_batch_free(&batch);
}

/* The header is fitted at the end: when that fails, the whole command is not there. */
static void without_memory_a_header_is_not_fitted(void)
{
    rc_batch batch = {0};
    fail_begin();
    rc_status status = rc_batch_begin(&batch, 1);
    for (int i = 0; i < 12 && status == RC_OK; i++) {
        status = rc_batch_argument(&batch, "x", 1);
    }
    batch.requests.capacity = batch.requests.length; /* as if they had just filled it */
    rc_command *command = status == RC_OK ? rc_batch_end(&batch, 0, 0, 0) : NULL;
    bool failed = fail_end();
    CHECK_INT(command == NULL, failed);
    if (status != RC_OK) {
        rc_batch_abandon(&batch);
    }
    CHECK_INT(batch.count, !failed);
    CHECK_INT(batch.requests.length, failed ? 0 : 5 + 12 * 7);
    rc_batch_free(&batch);
}

static void without_memory_an_outcome_says_just_that(void)
{
    rc_batch batch = {0};
    text_queue(&batch, "GET a", 0);
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_CLOSED, "gone");
    uint16_t number = RC_NO_TREE;
    fail_begin();
    batch.commands[0].reply = rc_batch_add_error(&batch, &error);
    rc_reply_tree *tree = rc_batch_add_tree(&batch, &number);
    bool failed = fail_end();
    rc_status status = rc_batch_error(&batch, &batch.commands[0])->status;
    CHECK(status == RC_CLOSED || status == RC_NOMEM);
    CHECK_INT(failed, status == RC_NOMEM || tree == NULL);
    CHECK(rc_batch_add_tree(&batch, &number) != NULL);
    CHECK_INT(number, tree == NULL ? 0 : 1);
    rc_batch_free(&batch);
}

int main(void)
{
    RUN(commands_are_requests_one_behind_the_other);
    RUN(a_new_command_is_not_sent);
    RUN(headers_fit_the_arguments);
    RUN(an_abandoned_command_leaves_no_trace);
    RUN(arguments_can_be_walked_over);
    RUN(commands_may_block);
    RUN(trees_are_kept_for_the_next_call);
    RUN(trees_have_an_end);
    RUN(errors_are_copied_and_numbered);
    RUN(clear_keeps_a_little_memory);
    RUN(clear_keeps_the_memory_of_few_nodes);
    FAIL_EACH(without_memory_a_command_is_not_there);
    FAIL_EACH(without_memory_a_header_is_not_fitted);
    FAIL_EACH(without_memory_an_outcome_says_just_that);
    return 0;
}
