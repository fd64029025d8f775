/* test_session_sharing: one conversation in several threads, several in one, and none in a child
 * process. */
#include "check.h"
#include "session_fixture.h"
#include "text.h"

#include <pthread.h>

/* ---- two threads ---- */

typedef struct helper {
    session_fixture *fixture;
    pthread_t thread;
    rc_exchange x;
    rc_reply_tree tree;
    rc_status status;
} helper;

static void *help(void *context)
{
    helper *self = context;
    rc_error error;
    self->status = rc_session_exchange(self->fixture->session, &self->x, &no_end, &error);
    return NULL;
}

static void send_off(helper *self, session_fixture *with, const char *data, size_t replies)
{
    *self = (helper){.fixture = with};
    self->x = (rc_exchange){.data = data,
                            .length = strlen(data),
                            .replies = replies,
                            .tree = &self->tree,
                            .until = rc_now() + 20000,
                            .patience = -1};
    CHECK_INT(pthread_create(&self->thread, NULL, help, self), 0);
}

static void comes_back(helper *self, rc_status status, const char *text)
{
    CHECK_INT(pthread_join(self->thread, NULL), 0);
    CHECK_STATUS(self->status, status);
    if (text != NULL) {
        CHECK_TEXT(text_reply(&self->tree, 0), text);
    }
    rc_reply_tree_free(&self->tree);
}

static void one_thread_sends_while_another_waits(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_on(session_fixture_node(&self), "GO", "+a\r\n");
    helper listener;
    send_off(&listener, &self, "", 1);
    CHECK_STATUS(rc_wait_sleep(&no_end, rc_now() + 30), RC_OK);
    CHECK_STATUS(session_fixture_exchange(&self, NULL, 1, 0), RC_TIMEOUT); /* it is not our turn */
    session_fixture_ask(&self, "GO", 0, "");
    comes_back(&listener, RC_OK, "+a");
    session_fixture_ask(&self, "GO", 1, "+a");
    session_fixture_stop(&self);
}

/* Requests of several threads are sent whole, and their replies come one to each. */
static void threads_take_turns(void)
{
    enum { THREADS = 8 };
    session_fixture self;
    session_fixture_start(&self);
    server_on(session_fixture_node(&self), "GO", "+a\r\n");
    helper helpers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        send_off(&helpers[i], &self, "*1\r\n$2\r\nGO\r\n", 1);
    }
    for (int i = 0; i < THREADS; i++) {
        comes_back(&helpers[i], RC_OK, "+a");
    }
    CHECK_INT(server_seen(session_fixture_node(&self), "GO"), THREADS);
    session_fixture_stop(&self);
}

static void an_end_wakes_all_who_wait(void)
{
    session_fixture self;
    session_fixture_start(&self);
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
    CHECK_STATUS(session_fixture_exchange(&self, "GO", 1, 20000), RC_CLOSED);
    CHECK_HAS(self.error.message, "by this client");
    server_wait_ended(session_fixture_node(&self), 1);
    session_fixture_stop(&self);
}

/* ---- one thread, twice ---- */

typedef struct meddler {
    session_fixture *fixture;
    int times;
} meddler;

/* What a signal handler does that knows the session in which its thread waits. */
static bool meddle(void *context)
{
    meddler *self = context;
    if (self->times++ > 0) {
        return false;
    }
    session_fixture inner = *self->fixture;
    inner.tree = (rc_reply_tree){0};
    CHECK_STATUS(session_fixture_exchange(&inner, NULL, 1, 0),
                 RC_TIMEOUT); /* a poll waits for nobody */
    CHECK_STATUS(session_fixture_exchange(&inner, NULL, 1, 3000), RC_REENTERED);
    CHECK_STATUS(session_fixture_exchange(&inner, "GO", 1, 3000), RC_REENTERED);
    CHECK_INT(inner.x.sent, 0);
    session_fixture_ask(&inner, "GO", 0, "");
    rc_reply_tree_free(&inner.tree);
    return false;
}

static void nobody_waits_for_himself(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_on(session_fixture_node(&self), "GO", "+a\r\n");
    meddler handler = {.fixture = &self};
    rc_call call = {.deadline = RC_NEVER, .interrupted = meddle, .context = &handler};
    self.x = (rc_exchange){.replies = 1, .tree = &self.tree, .until = RC_NEVER, .patience = -1};
    CHECK_STATUS(rc_session_exchange(self.session, &self.x, &call, &self.error), RC_OK);
    session_fixture_expect(&self, "+a");
    CHECK(handler.times > 0);
    session_fixture_ask(&self, "GO", 1, "+a");
    session_fixture_stop(&self);
}

/* ---- forks ---- */

static void must_not_use_it(void *context)
{
    session_fixture *self = context;
    CHECK(!rc_session_usable(self->session));
    CHECK_STATUS(session_fixture_exchange(self, "GO", 1, 20000), RC_CLOSED);
    CHECK_INT(self->x.sent, 0);
    CHECK_HAS(self->error.message, "parent");
    rc_session_end(self->session);
    rc_session_close(self->session, false);
}

static void a_child_leaves_it_to_the_parent(void)
{
    session_fixture self;
    session_fixture_start(&self);
    server_on(session_fixture_node(&self), "GO", "+a\r\n");
    in_child(must_not_use_it, &self);
    session_fixture_ask(&self, "GO", 1, "+a");
    CHECK_INT(server_ended(session_fixture_node(&self)), 0);
    session_fixture_stop(&self);
}

/* ---- several sessions ---- */

enum { SESSIONS = 6 }; /* more than are watched without memory of their own */

static rc_status wait_for(session_fixture *fixtures, size_t count, rc_msec timeout)
{
    rc_session *sessions[SESSIONS];
    for (size_t i = 0; i < count; i++) {
        sessions[i] = fixtures[i].session;
    }
    return rc_session_wait(sessions, count, &no_end, rc_deadline(timeout));
}

static void any_of_several_ends_the_wait(void)
{
    session_fixture sessions[SESSIONS];
    for (size_t i = 0; i < SESSIONS; i++) {
        session_fixture_start(&sessions[i]);
        server_rule(session_fixture_node(&sessions[i]),
                    (rule){.request = "GO", .reply = "+a\r\n", .delay = 100});
        server_rule(session_fixture_node(&sessions[i]),
                    (rule){.request = "BYE", .then = THEN_CLOSE});
    }
    for (size_t count = 1; count <= SESSIONS; count++) {
        rc_msec begun = rc_now();
        CHECK_STATUS(wait_for(sessions, count, 30), RC_TIMEOUT);
        CHECK(rc_now() - begun >= 30 && rc_now() - begun < 10000);
        session_fixture *last = &sessions[count - 1];
        session_fixture_ask(last, "GO", 0, "");
        CHECK_STATUS(wait_for(sessions, count, 20000), RC_OK);
        session_fixture_receive(last, "+a");
        CHECK_STATUS(wait_for(sessions, count, 0), RC_TIMEOUT);
    }
    session_fixture_ask(&sessions[2], "BYE", 0, "");
    CHECK_STATUS(wait_for(sessions, SESSIONS, 20000), RC_OK);
    CHECK_STATUS(session_fixture_exchange(&sessions[2], NULL, 1, 0), RC_CLOSED);
    CHECK_STATUS(wait_for(sessions, SESSIONS, 20000), RC_OK); /* it stays so */
    for (size_t i = 0; i < SESSIONS; i++) {
        session_fixture_stop(&sessions[i]);
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
    session_fixture sessions[2];
    session_fixture_start(&sessions[0]);
    session_fixture_start(&sessions[1]);
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, end_soon, sessions[1].session), 0);
    rc_msec begun = rc_now();
    CHECK_STATUS(wait_for(sessions, 2, 20000), RC_OK);
    CHECK(rc_now() - begun < 10000);
    CHECK_INT(pthread_join(thread, NULL), 0);
    session_fixture_stop(&sessions[0]);
    session_fixture_stop(&sessions[1]);
}

static session_fixture shared[SESSIONS];

static void without_memory_nobody_is_waited_for(void)
{
    fail_begin();
    rc_status status = wait_for(shared, SESSIONS, 0);
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
    for (size_t i = 0; i < SESSIONS; i++) {
        session_fixture_start(&shared[i]);
    }
    FAIL_EACH(without_memory_nobody_is_waited_for);
    for (size_t i = 0; i < SESSIONS; i++) {
        session_fixture_stop(&shared[i]);
    }
    return 0;
}
