/* test_refusal_check: a refusal of a script is the server's if the server says the same to an empty
 * one. */
#include "check.h"
#include "client.h"

#define MOVED(self) nodes_redirect(&(self)->nodes, "MOVED", SLOT_B, 1)
#define ASK(self) nodes_redirect(&(self)->nodes, "ASK", SLOT_B, 1)

/* opaque queues a script for "b", whose slot the command has, as text_queue takes the second. */
static void opaque(client *self, const char *text, uint8_t flags)
{
    text_queue(&self->batch, text, RC_COMMAND_OPAQUE | flags);
}

static void what_the_server_refuses_goes_on(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "EVAL *", MOVED(&self));
    client_answer(&self, 1, "EVAL *", "+ran\r\n");
    opaque(&self, "EVAL b 1 b", 0);
    client_run(&self);
    client_expect_outcome(&self, 0, "+ran");
    CHECK_INT(client_seen(&self, 0, "EVAL b 1 b"), 1);
    CHECK_INT(client_seen(&self, 0, "EVAL  1 b"), 1);
    CHECK_INT(client_seen(&self, 1, "EVAL b 1 b"), 1);
    client_stop(&self);
}

static void what_a_script_makes_up_is_its_reply(void)
{
    static const uint8_t flags[] = {0, RC_COMMAND_READ};
    for (size_t i = 0; i < 2; i++) {
        client self;
        client_start(&self);
        client_answer(&self, 0, "EVAL b 1 b", MOVED(&self));
        client_answer(&self, 0, "EVAL  1 b", "$-1\r\n");
        opaque(&self, "EVAL b 1 b", flags[i]);
        client_run(&self);
        CHECK_INT(self.batch.commands[0].state, RC_REPLIED);
        CHECK_HAS(text_outcome(&self.batch, 0), "-MOVED");
        client_expect(&self, 1, "");
        nodes_expect_owner(&self.nodes, SLOT_B, 0);
        client_stop(&self);
    }
}

/* Another target than the server's is not the server's word; that it moves on from ASK is. */
static void the_server_has_to_name_the_same_node(void)
{
    client self;
    client_start(&self);
    client_answer_once(&self, 0, "EVAL b 1 b",
                       text_format("-MOVED %d 127.0.0.1:%d\r\n", SLOT_B, server_unused()));
    client_answer_once(&self, 0, "EVAL b 1 b", ASK(&self));
    client_answer(&self, 0, "EVAL *", MOVED(&self));
    client_answer(&self, 1, "ASKING", "+OK\r\n");
    client_answer(&self, 1, "EVAL *", "+ran\r\n");
    opaque(&self, "EVAL b 1 b", 0);
    opaque(&self, "EVAL b 1 b", 0);
    client_run(&self);
    CHECK_INT(self.batch.commands[0].state, RC_REPLIED);
    CHECK_HAS(text_outcome(&self.batch, 0), "-MOVED");
    client_expect_outcome(&self, 1, "+ran");
    client_stop(&self);
}

static void whoever_was_asked_by_asking_is_asked_so_again(void)
{
    client self;
    client_start(&self);
    client_answer(&self, 0, "EVAL *", ASK(&self));
    client_answer(&self, 1, "ASKING", "+OK\r\n");
    client_answer_once(&self, 1, "EVAL b 1 b", "-TRYAGAIN\r\n");
    client_answer_once(&self, 1, "EVAL  1 b", "-TRYAGAIN\r\n");
    client_answer(&self, 1, "EVAL *", "+ran\r\n");
    opaque(&self, "EVAL b 1 b", 0);
    client_run(&self);
    client_expect_outcome(&self, 0, "+ran");
    CHECK_INT(client_seen(&self, 1, "ASKING"), 3);
    client_stop(&self);
}

static void what_is_no_script_is_asked_for_its_keys(void)
{
    client self;
    client_start(&self);
    client_answer_once(&self, 0, "NEW b x", "-LOADING\r\n");
    client_answer(&self, 0, "NEW b x", "-TRYAGAIN mine\r\n");
    client_answer(&self, 0, "EXISTS b", "-LOADING\r\n");
    opaque(&self, "NEW b x", 0);
    client_run(&self);
    CHECK_INT(client_seen(&self, 0, "EXISTS b"), self.nodes.options.retry.rounds + 1);
    client_stop(&self);
}

static client shared;

static void without_memory_nothing_is_taken_for_proved(void)
{
    nodes_open(&shared.nodes);
    opaque(&shared, "EVAL b 1 b", 0);
    fail_begin();
    rc_status status = rc_executor_execute(&shared.nodes.executor, &shared.batch, &no_end);
    bool failed = fail_end();
    CHECK(status == RC_OK || (status == RC_NOMEM && failed));
    CHECK(failed || strcmp(text_outcome(&shared.batch, 0), "+ran") == 0);
    rc_batch_free(&shared.batch);
    nodes_close(&shared.nodes);
}

int main(void)
{
    RUN(what_the_server_refuses_goes_on);
    RUN(what_a_script_makes_up_is_its_reply);
    RUN(the_server_has_to_name_the_same_node);
    RUN(whoever_was_asked_by_asking_is_asked_so_again);
    RUN(what_is_no_script_is_asked_for_its_keys);
    client_start_new(&shared);
    nodes_close(&shared.nodes);
    client_answer(&shared, 0, "EVAL *", MOVED(&shared));
    client_answer(&shared, 1, "EVAL *", "+ran\r\n");
    FAIL_EACH(without_memory_nothing_is_taken_for_proved);
    nodes_stop(&shared.nodes);
    return 0;
}
