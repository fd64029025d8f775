/* session: one conversation in several threads, several in one, and none in a child process. */
#include "check.h"
#include "session_fixture.h"
#include "text.h"

#include <pthread.h>

/* ---- two threads ---- */

typedef struct helper {
    party *party;
    pthread_t thread;
    rc_exchange x;
    rc_reply_tree tree;
    rc_status status;
} helper;

static void *help(void *context)
{
    helper *self = context;
    rc_error error;
    self->status = rc_session_exchange(self->party->session, &self->x, &no_end, &error);
    return NULL;
}

static void send_off(helper *self, party *with, const char *data, size_t replies)
{
    *self = (helper){.party = with};
    self->x = (rc_exchange){.data = data,
                            .length = strlen(data),
                            .replies = replies,
                            .tree = &self->tree,
                            .until = rc_now() + 20000,
                            .patience = -1};
    CHECK_INT(pthread_create(&self->thread, NULL, help, self), 0);
}

static void comes_back(helper *self, rc_status status, const char *words)
{
    CHECK_INT(pthread_join(self->thread, NULL), 0);
    CHECK_STATUS(self->status, status);
    if (words != NULL) {
        CHECK_TEXT(words_reply(&self->tree, 0), words);
    }
    rc_reply_tree_free(&self->tree);
}

static void one_thread_sends_while_another_waits(void)
{
    party self;
    party_start(&self);
    server_on(party_node(&self), "GO", "+a\r\n");
    helper listener;
    send_off(&listener, &self, "", 1);
    CHECK_STATUS(rc_wait_sleep(&no_end, rc_now() + 30), RC_OK);
    CHECK_STATUS(party_exchange(&self, NULL, 1, 0), RC_TIMEOUT); /* it is not our turn */
    party_says(&self, "GO", 0, "");
    comes_back(&listener, RC_OK, "+a");
    party_says(&self, "GO", 1, "+a");
    party_stop(&self);
}

/* Requests of several threads are sent whole, and their replies come one to each. */
static void threads_take_turns(void)
{
    enum { THREADS = 8 };
    party self;
    party_start(&self);
    server_on(party_node(&self), "GO", "+a\r\n");
    helper helpers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        send_off(&helpers[i], &self, "*1\r\n$2\r\nGO\r\n", 1);
    }
    for (int i = 0; i < THREADS; i++) {
        comes_back(&helpers[i], RC_OK, "+a");
    }
    CHECK_INT(server_seen(party_node(&self), "GO"), THREADS);
    party_stop(&self);
}

static void an_end_wakes_all_who_wait(void)
{
    party self;
    party_start(&self);
    helper waiting;
    helper next;
    send_off(&waiting, &self, "", 1);
    send_off(&next, &self, "", 1);
    CHECK_STATUS(rc_wait_sleep(&no_end, rc_now() + 30), RC_OK);
    rc_msec begun = rc_now();
    rc_session_end(self.session);
    comes_back(&waiting, RC_CLOSED, NULL);
    comes_back(&next, RC_CLOSED, NULL);
    CHECK(rc_now() - begun < 10000);
    CHECK_STATUS(party_exchange(&self, "GO", 1, 20000), RC_CLOSED);
    CHECK_HAS(self.error.message, "by this client");
    server_wait_ended(party_node(&self), 1);
    party_stop(&self);
}

/* ---- one thread, twice ---- */

typedef struct meddler {
    party *party;
    int times;
} meddler;

/* What a signal handler does that knows the session in which its thread waits. */
static bool meddle(void *context)
{
    meddler *self = context;
    if (self->times++ > 0) {
        return false;
    }
    party inner = *self->party;
    inner.tree = (rc_reply_tree){0};
    CHECK_STATUS(party_exchange(&inner, NULL, 1, 0), RC_TIMEOUT); /* a poll waits for nobody */
    CHECK_STATUS(party_exchange(&inner, NULL, 1, 3000), RC_REENTERED);
    CHECK_STATUS(party_exchange(&inner, "GO", 1, 3000), RC_REENTERED);
    CHECK_INT(inner.x.sent, 0);
    party_says(&inner, "GO", 0, "");
    rc_reply_tree_free(&inner.tree);
    return false;
}

static void nobody_waits_for_himself(void)
{
    party self;
    party_start(&self);
    server_on(party_node(&self), "GO", "+a\r\n");
    meddler handler = {.party = &self};
    rc_call call = {.deadline = RC_NEVER, .interrupted = meddle, .context = &handler};
    self.x = (rc_exchange){.replies = 1, .tree = &self.tree, .until = RC_NEVER, .patience = -1};
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &call, &self.error), RC_OK);
    party_got(&self, "+a");
    CHECK(handler.times > 0);
    party_says(&self, "GO", 1, "+a");
    party_stop(&self);
}

/* ---- forks ---- */

static void must_not_use_it(void *context)
{
    party *self = context;
    CHECK(!rc_session_usable(self->session));
    CHECK_STATUS(party_exchange(self, "GO", 1, 20000), RC_CLOSED);
    CHECK_INT(self->x.sent, 0);
    CHECK_HAS(self->error.message, "parent");
    rc_session_end(self->session);
    rc_session_close(self->session, false);
}

static void a_child_leaves_it_to_the_parent(void)
{
    party self;
    party_start(&self);
    server_on(party_node(&self), "GO", "+a\r\n");
    in_child(must_not_use_it, &self);
    party_says(&self, "GO", 1, "+a");
    CHECK_INT(server_ended(party_node(&self)), 0);
    party_stop(&self);
}

/* ---- several sessions ---- */

enum { PARTIES = 6 }; /* more than are watched without memory of their own */

static rc_status wait_for(party *parties, size_t count, rc_msec timeout)
{
    rc_session *sessions[PARTIES];
    for (size_t i = 0; i < count; i++) {
        sessions[i] = parties[i].session;
    }
    return rc_session_wait(sessions, count, &no_end, rc_deadline(timeout));
}

static void any_of_several_ends_the_wait(void)
{
    party parties[PARTIES];
    for (size_t i = 0; i < PARTIES; i++) {
        party_start(&parties[i]);
        server_rule(party_node(&parties[i]),
                    (rule){.request = "GO", .reply = "+a\r\n", .delay = 100});
        server_rule(party_node(&parties[i]), (rule){.request = "BYE", .then = THEN_CLOSE});
    }
    for (size_t count = 1; count <= PARTIES; count++) {
        rc_msec begun = rc_now();
        CHECK_STATUS(wait_for(parties, count, 30), RC_TIMEOUT);
        CHECK(rc_now() - begun >= 30 && rc_now() - begun < 10000);
        party *last = &parties[count - 1];
        party_says(last, "GO", 0, "");
        CHECK_STATUS(wait_for(parties, count, 20000), RC_OK);
        party_hears(last, "+a");
        CHECK_STATUS(wait_for(parties, count, 0), RC_TIMEOUT);
    }
    party_says(&parties[2], "BYE", 0, "");
    CHECK_STATUS(wait_for(parties, PARTIES, 20000), RC_OK);
    CHECK_STATUS(party_exchange(&parties[2], NULL, 1, 0), RC_CLOSED);
    CHECK_STATUS(wait_for(parties, PARTIES, 20000), RC_OK); /* it stays so */
    for (size_t i = 0; i < PARTIES; i++) {
        party_stop(&parties[i]);
    }
}

static void *end_soon(void *context)
{
    CHECK_STATUS(rc_wait_sleep(&no_end, rc_now() + 50), RC_OK);
    rc_session_end(context);
    return NULL;
}

static void an_end_ends_the_wait_for_several(void)
{
    party parties[2];
    party_start(&parties[0]);
    party_start(&parties[1]);
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, end_soon, parties[1].session), 0);
    rc_msec begun = rc_now();
    CHECK_STATUS(wait_for(parties, 2, 20000), RC_OK);
    CHECK(rc_now() - begun < 10000);
    CHECK_INT(pthread_join(thread, NULL), 0);
    party_stop(&parties[0]);
    party_stop(&parties[1]);
}

static party shared[PARTIES];

static void without_memory_nobody_is_waited_for(void)
{
    fail_begin();
    rc_status status = wait_for(shared, PARTIES, 0);
    bool failed = fail_end();
    CHECK_STATUS(status, failed ? RC_NOMEM : RC_TIMEOUT);
}

int main(void)
{
    RUN(one_thread_sends_while_another_waits);
    RUN(threads_take_turns);
    RUN(an_end_wakes_all_who_wait);
    RUN(nobody_waits_for_himself);
    RUN(a_child_leaves_it_to_the_parent);
    RUN(any_of_several_ends_the_wait);
    RUN(an_end_ends_the_wait_for_several);
    for (size_t i = 0; i < PARTIES; i++) {
        party_start(&shared[i]);
    }
    FAIL_EACH(without_memory_nobody_is_waited_for);
    for (size_t i = 0; i < PARTIES; i++) {
        party_stop(&shared[i]);
    }
    return 0;
}
