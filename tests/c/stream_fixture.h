/*
 * talk: one stream between a batch and one scripted node, stepped by the test itself.
 */
#ifndef TALK_H
#define TALK_H

#include "certificate.h"
#include "nodes.h"

#include "core/execution/node_stream.h"

enum { TALK_MAX = 100 };

typedef struct talk {
    nodes nodes;
    rc_batch batch;
    rc_node_stream stream;
    uint32_t in_order[TALK_MAX]; /* 0, 1, 2, ...: the share of a stream that has all commands */
} talk;

void talk_start(talk *self);
void talk_start_tls(talk *self, const certificate *cert);
void talk_stop(talk *self);
server *talk_server(talk *self);

void talk_queue(talk *self, const char *words);
void talk_queue_long(talk *self, const char *key, size_t size); /* SET, with so many bytes */

/*
 * talk_begin starts the stream with these commands; talk_converse steps it until it is over, or
 * until nothing has happened for `patience`; talk_run does both, and demands that it is over.
 */
void talk_begin(talk *self, const uint32_t *commands, size_t count);
void talk_converse(talk *self, rc_msec patience);
void talk_run(talk *self, const uint32_t *commands, size_t count);
void talk_run_all(talk *self);

void talk_became(const talk *self, size_t index, const char *outcome);
size_t talk_idle(talk *self); /* idle connections, and none may be taken */

#endif
