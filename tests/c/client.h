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

void client_start(client *self); /* knows its nodes already, by connection 1 to node 0 */
void client_start_new(client *self);
void client_start_bare(client *self); /* and the nodes know nothing of CLUSTER SLOTS */
void client_stop(client *self);

void client_answer(client *self, int number, const char *request, const char *reply);
void client_answer_once(client *self, int number, const char *request, const char *reply);
void client_rule(client *self, int number, rule added);
void client_expect(client *self, int number, const char *log);
int client_seen(client *self, int number, const char *request);

void client_write(client *self, const char *words);
void client_write_long(client *self, const char *key); /* SET, with more than sockets can hold */
void client_read(client *self, const char *words);
void client_run(client *self);
void client_became(const client *self, size_t index, const char *outcome);

/* client_works makes another call, which must go well whatever happened before. */
void client_works(client *self);

#endif
