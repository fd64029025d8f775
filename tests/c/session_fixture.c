#include "session_fixture.h"

#include "check.h"
#include "text.h"

#include <string.h>

void session_fixture_prepare(session_fixture *self)
{
    *self = (session_fixture){0};
    nodes_start_bare(&self->nodes, 1);
    nodes_open(&self->nodes);
    rc_pool_node(&self->nodes.pool, "127.0.0.1", nodes_port(&self->nodes, 0));
}

server *session_fixture_node(session_fixture *self)
{
    return self->nodes.server[0];
}

rc_status session_fixture_open(session_fixture *self)
{
    rc_status status =
        rc_session_open(&self->nodes.pool, 0, false, &no_end, &self->session, &self->error);
    CHECK_STATUS(self->error.status, status);
    CHECK_INT(self->error.port, rc_pool_is_at_limit(status) ? 0 : nodes_port(&self->nodes, 0));
    return status;
}

void session_fixture_start(session_fixture *self)
{
    session_fixture_prepare(self);
    CHECK_STATUS(session_fixture_open(self), RC_OK);
}

void session_fixture_stop(session_fixture *self)
{
    rc_session_close(self->session, false);
    rc_reply_tree_free(&self->tree);
    CHECK(self->nodes.pool.node_count == 0 || rc_pool_at(&self->nodes.pool, 0)->taken == 0);
    nodes_close(&self->nodes);
    nodes_stop(&self->nodes);
}

rc_status session_fixture_exchange(session_fixture *self, const char *word, size_t replies,
                                   rc_msec timeout)
{
    const char *request =
        word == NULL ? "" : text_format("*1\r\n$%zu\r\n%s\r\n", strlen(word), word);
    rc_reply_tree_clear(&self->tree);
    self->x = (rc_exchange){.data = request,
                            .length = strlen(request),
                            .requests = word != NULL,
                            .replies = replies,
                            .tree = &self->tree,
                            .until = rc_deadline(timeout),
                            .patience = 20000};
    rc_status status = rc_session_exchange(self->session, &self->x, &no_end, &self->error);
    CHECK_STATUS(self->error.status, status);
    CHECK_INT(self->error.port, nodes_port(&self->nodes, 0));
    return status;
}

void session_fixture_expect(const session_fixture *self, const char *expected)
{
    char found[512] = "";
    size_t count = 0;
    for (size_t at = 0; at < self->tree.count; at = rc_reply_tree_next(&self->tree, at)) {
        const char *reply = text_reply(&self->tree, at);
        CHECK(strlen(found) + strlen(reply) + 2 < sizeof found);
        strcat(strcat(found, count++ == 0 ? "" : " "), reply);
    }
    CHECK_TEXT(found, expected);
    CHECK_INT(self->x.received, count);
}

void session_fixture_ask(session_fixture *self, const char *word, size_t replies, const char *text)
{
    CHECK_STATUS(session_fixture_exchange(self, word, replies, 20000), RC_OK);
    CHECK_INT(self->x.sent, self->x.length);
    session_fixture_expect(self, text);
}

void session_fixture_receive(session_fixture *self, const char *text)
{
    session_fixture_ask(self, NULL, 1, text);
}
