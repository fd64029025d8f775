/*
 * nodes: who owns which slots among the model's nodes, what state each is in, and how that changes.
 */
#ifndef FUZZ_NODES_H
#define FUZZ_NODES_H

#include "model.h"

typedef struct node {
    int master; /* below 0: it is a primary */
    rc_msec paused_until;
    rc_msec down_until;
    rc_msec loading_until;
    rc_msec cut_off_until;  /* it answers CLUSTERDOWN */
    rc_msec readonly_until; /* it refuses writes */
} node;

typedef enum verdict { VERDICT_RUN, VERDICT_RUN_ASKED, VERDICT_REFUSED } verdict;

/* nodes_start begins with nodes that work and slots that stay. */
void nodes_start(void);

/* nodes_at is the state of a node. */
const node *nodes_at(int number);

/* nodes_work says whether every node works and no stream is mute. */
bool nodes_work(void);

/* nodes_group is the range of slots that a slot belongs to. */
int nodes_group(int slot);

/* nodes_judge says whether the node runs the command; if not, text is its error reply, and target
 * the node that an ASK names. */
verdict nodes_judge(const stream *self, const model_command *command, bool asking, int *target,
                    char *text, size_t size);

/* nodes_address writes MOVED or ASK for a slot. */
void nodes_address(char *text, size_t size, const char *word, int slot, int number);

/* nodes_table answers CLUSTER SLOTS: one group may be told wrong, some may be left out. */
void nodes_table(stream *self, int stale, bool holes);

/* nodes_change changes something about the cluster, most of it about this node. */
void nodes_change(int number, unsigned kind);

#endif
