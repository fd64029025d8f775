/*
 * client: one client of two scripted nodes, and the batch it carries out.
 *
 * Keys "b" and "c" are node 0's, "a" and "d" node 1's. The rules for what the nodes answer are
 * added by the test; each knows CLUSTER SLOTS already.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "nodes.h"
#include "text.h"

typedef struct client {
    nodes nodes;
    rc_batch batch;
} client;

/* client_start starts nodes and client; the client has its slot table, by connection 1 to node 0.
 */
void client_start(client *self);

/* client_start_new does the same, but the client has not fetched the slot table yet. */
void client_start_new(client *self);

/* client_start_bare does the same, but the nodes have no rule for CLUSTER SLOTS. */
void client_start_bare(client *self);

/* client_stop frees batch and client, then ends the nodes and waits for their threads. */
void client_stop(client *self);

/* client_answer makes a node give this reply to this request from now on. */
void client_answer(client *self, int number, const char *request, const char *reply);

/* client_answer_once makes a node give this reply to the next such request. */
void client_answer_once(client *self, int number, const char *request, const char *reply);

/* client_rule adds a rule to a node; its texts are copied. */
void client_rule(client *self, int number, rule added);

/* client_expect demands that a node got these requests since the last time: server_expect. */
void client_expect(client *self, int number, const char *log);

/* client_seen counts such requests at a node since the last client_expect. */
int client_seen(client *self, int number, const char *request);

/* client_write adds a write to the batch: a command as text_queue takes it. */
void client_write(client *self, const char *text);

/* client_write_long adds a SET of this key with more bytes than the sockets' buffers can hold. */
void client_write_long(client *self, const char *key);

/* client_read adds a read to the batch. */
void client_read(client *self, const char *text);

/* client_run executes the batch, blocks until it is done, and demands that the call succeeds. */
void client_run(client *self);

/* client_expect_outcome demands this outcome of a command, as text_outcome writes it. */
void client_expect_outcome(const client *self, size_t index, const char *outcome);

/* client_works executes two GETs, which must be answered whatever happened before. */
void client_works(client *self);

#endif
