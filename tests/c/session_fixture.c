#include "session_fixture.h"

#include "check.h"
#include "text.h"

#include <string.h>

void party_begin(party *self)
{
    *self = (party){0};
    nodes_start_bare(&self->nodes, 1);
    nodes_open(&self->nodes);
    rc_pool_node(&self->nodes.pool, "127.0.0.1", nodes_port(&self->nodes, 0));
}

server *party_node(party *self)
{
    return self->nodes.server[0];
}

rc_status party_open(party *self)
{
    rc_status status =
        rc_session_open(&self->nodes.pool, 0, false, &no_end, &self->session, &self->error);
    CHECK_STATUS(self->error.status, status);
    CHECK_INT(self->error.port, rc_pool_is_at_limit(status) ? 0 : nodes_port(&self->nodes, 0));
    return status;
}

void party_start(party *self)
{
    party_begin(self);
    CHECK_STATUS(party_open(self), RC_OK);
}

void party_stop(party *self)
{
    rc_session_close(self->session, false);
    rc_reply_tree_free(&self->tree);
    CHECK(self->nodes.pool.node_count == 0 || rc_pool_at(&self->nodes.pool, 0)->taken == 0);
    nodes_close(&self->nodes);
    nodes_stop(&self->nodes);
}

rc_status party_exchange(party *self, const char *word, size_t replies, rc_msec timeout)
{
    const char *request =
        word == NULL ? "" : words_format("*1\r\n$%zu\r\n%s\r\n", strlen(word), word);
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

/* replies_are compares all that the last exchange has put on the reply tree. */
void party_got(const party *self, const char *words)
{
    char found[512] = "";
    size_t count = 0;
    for (size_t at = 0; at < self->tree.count; at = rc_reply_tree_next(&self->tree, at)) {
        const char *text = words_reply(&self->tree, at);
        CHECK(strlen(found) + strlen(text) + 2 < sizeof found);
        strcat(strcat(found, count++ == 0 ? "" : " "), text);
    }
    CHECK_TEXT(found, words);
    CHECK_INT(self->x.received, count);
}

void party_says(party *self, const char *word, size_t replies, const char *words)
{
    CHECK_STATUS(party_exchange(self, word, replies, 20000), RC_OK);
    CHECK_INT(self->x.sent, self->x.length);
    party_got(self, words);
}

void party_hears(party *self, const char *words)
{
    party_says(self, NULL, 1, words);
}
