/*
 * stream_fixture: one stream between a batch and one scripted node, stepped by the test itself.
 */
#ifndef STREAM_FIXTURE_H
#define STREAM_FIXTURE_H

#include "certificate.h"
#include "nodes.h"

#include "core/execution/node_stream.h"

enum { STREAM_FIXTURE_MAX = 100 };

typedef struct stream_fixture {
    nodes nodes;
    rc_batch batch;
    rc_node_stream stream;
    uint32_t in_order[STREAM_FIXTURE_MAX]; /* 0, 1, 2, ...: the share of a stream that has all
                                              commands */
} stream_fixture;

/* stream_fixture_start starts one node and a client of it, with an empty batch. */
void stream_fixture_start(stream_fixture *self);

/* stream_fixture_start_tls does the same under TLS with this certificate. */
void stream_fixture_start_tls(stream_fixture *self, const certificate *cert);

/* stream_fixture_stop frees all of it and ends the node. */
void stream_fixture_stop(stream_fixture *self);

/* stream_fixture_server is the node, which the fixture owns. */
server *stream_fixture_server(stream_fixture *self);

/* stream_fixture_queue adds a command to the batch. */
void stream_fixture_queue(stream_fixture *self, const char *text);

/* stream_fixture_queue_long adds a SET of this key with a value of so many bytes. */
void stream_fixture_queue_long(stream_fixture *self, const char *key, size_t size);

/* stream_fixture_begin starts the stream with these commands; it sends nothing yet. */
void stream_fixture_begin(stream_fixture *self, const uint32_t *commands, size_t count);

/* stream_fixture_step steps the stream until it is over, or idle for as long as patience. */
void stream_fixture_step(stream_fixture *self, rc_msec patience);

/* stream_fixture_run begins with these commands, steps, and demands that the stream is over. */
void stream_fixture_run(stream_fixture *self, const uint32_t *commands, size_t count);

/* stream_fixture_run_all does so with all commands of the batch. */
void stream_fixture_run_all(stream_fixture *self);

/* stream_fixture_expect demands this outcome of a command, as text_outcome writes it. */
void stream_fixture_expect(const stream_fixture *self, size_t index, const char *outcome);

/* stream_fixture_idle counts the pool's idle connections, and demands that none is taken. */
size_t stream_fixture_idle(stream_fixture *self);

#endif
