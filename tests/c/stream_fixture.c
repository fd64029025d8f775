#include "stream_fixture.h"

#include "check.h"
#include "text.h"

#include <stdlib.h>

static void open_client(stream_fixture *self)
{
    nodes_open(&self->nodes);
    rc_pool_node(&self->nodes.pool, "127.0.0.1", nodes_port(&self->nodes, 0));
    for (uint32_t i = 0; i < STREAM_FIXTURE_MAX; i++) {
        self->in_order[i] = i;
    }
}

void stream_fixture_start(stream_fixture *self)
{
    *self = (stream_fixture){0};
    nodes_start_bare(&self->nodes, 1);
    open_client(self);
}

void stream_fixture_start_tls(stream_fixture *self, const certificate *cert)
{
    *self = (stream_fixture){0};
    nodes_start_bare(&self->nodes, 1);
    server_stop(self->nodes.server[0]);
    self->nodes.server[0] = server_start_tls(certificate_server(cert, false));
    self->nodes.options.tls.on = true;
    self->nodes.options.tls.ca_file = (char *)cert->cert_file;
    open_client(self);
}

void stream_fixture_stop(stream_fixture *self)
{
    rc_batch_free(&self->batch);
    nodes_close(&self->nodes);
    nodes_stop(&self->nodes);
}

server *stream_fixture_server(stream_fixture *self)
{
    return self->nodes.server[0];
}

void stream_fixture_queue(stream_fixture *self, const char *text)
{
    text_queue(&self->batch, text, 0);
}

void stream_fixture_queue_long(stream_fixture *self, const char *key, size_t size)
{
    char *text = malloc(size + 100);
    CHECK(text != NULL);
    size_t length = strlen(strcpy(text, text_format("SET %s ", key)));
    memset(text + length, 'x', size);
    text[length + size] = '\0';
    stream_fixture_queue(self, text);
    free(text);
}

void stream_fixture_begin(stream_fixture *self, const uint32_t *commands, size_t count)
{
    self->stream =
        (rc_node_stream){.batch = &self->batch, .node = 0, .commands = commands, .count = count};
    for (size_t i = 0; i < count; i++) {
        self->stream.asks |= (self->batch.commands[commands[i]].flags & RC_COMMAND_ASKING) != 0;
    }
    rc_node_stream_start(&self->stream, &self->nodes.pool, &no_end, 0);
}

void stream_fixture_step(stream_fixture *self, rc_msec patience)
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

void stream_fixture_run(stream_fixture *self, const uint32_t *commands, size_t count)
{
    stream_fixture_begin(self, commands, count);
    stream_fixture_step(self, 20000);
    CHECK_INT(self->stream.events, 0);
    CHECK(self->stream.connection == NULL);
}

void stream_fixture_run_all(stream_fixture *self)
{
    CHECK(self->batch.count <= STREAM_FIXTURE_MAX);
    stream_fixture_run(self, self->in_order, self->batch.count);
}

void stream_fixture_expect(const stream_fixture *self, size_t index, const char *outcome)
{
    CHECK_TEXT(text_outcome(&self->batch, index), outcome);
}

size_t stream_fixture_idle(stream_fixture *self)
{
    CHECK_INT(rc_pool_at(&self->nodes.pool, 0)->taken, 0);
    return rc_pool_at(&self->nodes.pool, 0)->idle_count;
}
