#include "stream_fixture.h"

#include "check.h"
#include "text.h"

#include <stdlib.h>

static void open_client(talk *self)
{
    nodes_open(&self->nodes);
    rc_pool_node(&self->nodes.pool, "127.0.0.1", nodes_port(&self->nodes, 0));
    for (uint32_t i = 0; i < TALK_MAX; i++) {
        self->in_order[i] = i;
    }
}

void talk_start(talk *self)
{
    *self = (talk){0};
    nodes_start_bare(&self->nodes, 1);
    open_client(self);
}

void talk_start_tls(talk *self, const certificate *cert)
{
    *self = (talk){0};
    nodes_start_bare(&self->nodes, 1);
    server_stop(self->nodes.server[0]);
    self->nodes.server[0] = server_start_tls(certificate_server(cert, false));
    self->nodes.options.tls.on = true;
    self->nodes.options.tls.ca_file = (char *)cert->cert_file;
    open_client(self);
}

void talk_stop(talk *self)
{
    rc_batch_free(&self->batch);
    nodes_close(&self->nodes);
    nodes_stop(&self->nodes);
}

server *talk_server(talk *self)
{
    return self->nodes.server[0];
}

void talk_queue(talk *self, const char *words)
{
    words_queue(&self->batch, words, 0);
}

void talk_queue_long(talk *self, const char *key, size_t size)
{
    char *words = malloc(size + 100);
    CHECK(words != NULL);
    size_t length = strlen(strcpy(words, words_format("SET %s ", key)));
    memset(words + length, 'x', size);
    words[length + size] = '\0';
    talk_queue(self, words);
    free(words);
}

void talk_begin(talk *self, const uint32_t *commands, size_t count)
{
    self->stream =
        (rc_node_stream){.batch = &self->batch, .node = 0, .commands = commands, .count = count};
    for (size_t i = 0; i < count; i++) {
        self->stream.asks |= (self->batch.commands[commands[i]].flags & RC_COMMAND_ASKING) != 0;
    }
    rc_node_stream_start(&self->stream, &self->nodes.pool, &no_end, 0);
}

void talk_converse(talk *self, rc_msec patience)
{
    static char scratch[RC_SCRATCH];
    rc_node_stream *stream = &self->stream;
    for (short revents = POLLOUT; stream->events != 0 && revents != 0;) {
        rc_node_stream_step(stream, &self->nodes.pool, revents, scratch);
        if (stream->events != 0) {
            struct pollfd socket = {.fd = stream->connection->transport.fd,
                                    .events = stream->events};
            CHECK_STATUS(rc_wait(&no_end, &socket, 1, rc_now() + patience), RC_OK);
            revents = socket.revents;
        }
    }
}

void talk_run(talk *self, const uint32_t *commands, size_t count)
{
    talk_begin(self, commands, count);
    talk_converse(self, 20000);
    CHECK_INT(self->stream.events, 0);
    CHECK(self->stream.connection == NULL);
}

void talk_run_all(talk *self)
{
    CHECK(self->batch.count <= TALK_MAX);
    talk_run(self, self->in_order, self->batch.count);
}

void talk_became(const talk *self, size_t index, const char *outcome)
{
    CHECK_TEXT(words_outcome(&self->batch, index), outcome);
}

size_t talk_idle(talk *self)
{
    CHECK_INT(rc_pool_at(&self->nodes.pool, 0)->taken, 0);
    return rc_pool_at(&self->nodes.pool, 0)->idle_count;
}
