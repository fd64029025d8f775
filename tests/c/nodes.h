/*
 * nodes: a scripted cluster of one to four servers, and the parts of one client on it.
 *
 * The servers share the slots evenly, and each answers CLUSTER SLOTS accordingly. Keys of known
 * places, for two servers: "b" and "c" are the first one's, "a" and "d" the second's.
 */
#ifndef NODES_H
#define NODES_H

#include "core/execution/executor.h"
#include "server.h"

enum { NODES_MAX = 4, SLOT_A = 15495, SLOT_B = 3300, SLOT_C = 7365, SLOT_D = 11298 };

#define CLUSTER_SLOTS "CLUSTER SLOTS"
extern _Thread_local rc_call no_end; /* without deadline or interruption */

typedef struct nodes {
    server *server[NODES_MAX];
    int count;
    rc_address startup[NODES_MAX];
    rc_options options; /* the first server is the startup node; short waits */
    rc_fork_lock lock;
    rc_pool pool;
    rc_topology topology;
    rc_executor executor;
} nodes;

/* nodes_start starts so many servers, which answer CLUSTER SLOTS, and sets the options. */
void nodes_start(nodes *self, int count);

/* nodes_start_bare does the same, but the servers have no rules at all. */
void nodes_start_bare(nodes *self, int count);

/* nodes_stop ends the servers and waits for their threads; the client is closed before. */
void nodes_stop(nodes *self);

/* nodes_port is the port of a server. */
int nodes_port(const nodes *self, int number);

/* nodes_table writes a CLUSTER SLOTS reply in which these servers share the slots. */
const char *nodes_table(const nodes *self, int first, int count);

/* nodes_foreign_table is the same table of another cluster, whose nodes have ids of their own. */
const char *nodes_foreign_table(const nodes *self, int first, int count);

/* nodes_try_open makes the client's parts from self->options; nodes_close ends them if it succeeds.
 */
rc_status nodes_try_open(nodes *self);

/* nodes_open is nodes_try_open, which must succeed. */
void nodes_open(nodes *self);

/* nodes_close closes the client's connections and frees its parts. */
void nodes_close(nodes *self);

/* nodes_take takes a connection to a server from the pool, and opens it if it is new. */
rc_connection *nodes_take(nodes *self, int number, bool readonly);

/* nodes_ask sends one word, blocks until its reply, and gives that as text_reply does. */
const char *nodes_ask(rc_connection *connection, const char *word);

/* nodes_run gives the batch to the executor, without a deadline. */
void nodes_run(nodes *self, rc_batch *batch);

/* nodes_expect_owner demands that the client's slot map names this server for the slot. */
void nodes_expect_owner(nodes *self, int slot, int number);

/* nodes_moved tells the client's topology of one MOVED: rc_topology_moved. */
bool nodes_moved(nodes *self, int slot, rc_node_id node);

/* nodes_redirect is "-MOVED slot address" or "-ASK ..." with the address of a server. */
const char *nodes_redirect(const nodes *self, const char *word, int slot, int number);

#endif
