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

void nodes_start(void);
const node *nodes_at(int number);
bool nodes_work(void); /* every one of them, and no stream is mute */
int nodes_group(int slot);

/* nodes_judge: whether the node runs the command; if not, its words, and whom an ASK names. */
verdict nodes_judge(const stream *self, const model_command *command, bool asking, int *target,
                    char *text, size_t size);

/* nodes_address writes MOVED or ASK for a slot. */
void nodes_address(char *text, size_t size, const char *word, int slot, int number);

/* nodes_table answers CLUSTER SLOTS: one group may be told wrong, some may be left out. */
void nodes_table(stream *self, int stale, bool holes);

/* nodes_change changes something about the cluster, most of it about this node. */
void nodes_change(int number, unsigned kind);

#endif
