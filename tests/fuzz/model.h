/*
 * model: what a cluster of six nodes does about the requests that reach it, and what it has done.
 *
 * Three nodes own the slots, in six ranges, and three follow them. The dice move slots, pause and
 * kill nodes, cut streams; every command has a number, each of its runs is written down, and its
 * replies name both. What no client may ever make a node do ends the process.
 */
#ifndef MODEL_H
#define MODEL_H

#include "kernel.h"

enum { MODEL_NODES = 6, MODEL_GROUPS = 6, MODEL_KEYS = 2 * MODEL_GROUPS, MODEL_COMMANDS = 256 };

typedef enum model_mode {
    MODEL_SOUND,    /* refusals follow from who owns what and what state a node is in */
    MODEL_CAPRICE,  /* any refusal at any time, but a command that is refused does not run */
    MODEL_MALICIOUS /* any bytes at all; a command that is refused may have run */
} model_mode;

typedef struct model_options {
    model_mode mode;
    unsigned trouble;        /* how likely each disturbance is; 0: there is none */
    bool reruns;             /* the client may send writes of unknown outcome again */
    size_t most_connections; /* of the client, in all and to one place */
    size_t most_to_one;
} model_options;

typedef struct model_command {
    int key; /* -1: none */
    bool write;
    bool pinned;
    bool replicas; /* may be run by a replica */
    unsigned call;
    unsigned place; /* in its call */
    unsigned tries; /* how often a node has seen it */
    unsigned runs;
    int asked; /* the node that the last ASK named; -1: the last word was another */
} model_command;

typedef struct model_run {
    unsigned command;
    int before;   /* place of the last write of the same call that ran on its key; -1: none */
    bool ordered; /* it ran where the writes run */
} model_run;

/* model_start forgets everything and begins with a whole cluster; the options are copied. */
void model_start(const model_options *options);

/* model_begin_call: commands and disturbances from now on belong to another call. */
void model_begin_call(void);

/* model_disturb: what the client has been told disturbs its calls for a while. */
void model_disturb(void);

/* model_calm: nothing has disturbed this call, nor lately another, and every node works. */
bool model_calm(void);

/* model_trustworthy: the nodes have not lied about what they ran. */
bool model_trustworthy(void);

/* model_add gives the number of a new command of this call. */
unsigned model_add(int key, bool write, bool pinned, bool replicas);

/* model_command_at is a command, by its number; the model owns it. */
const model_command *model_command_at(unsigned number);

/* model_run_at is a run, by its number, or NULL; the model owns it. */
const model_run *model_run_at(unsigned number);

/* model_key is the text of a key. */
const char *model_key(int key);

/* ---- for the kernel ---- */

/* model_trouble decides whether a disturbance of this weight happens now. */
bool model_trouble(unsigned weight);

/* model_delay decides how long something takes. */
rc_msec model_delay(void);

/* model_wakes is the time until which the node does nothing at all. */
rc_msec model_wakes(int node);

/* model_connect decides whether, and when, a new stream comes about. */
void model_connect(stream *self);

/* model_closed is told that the client has closed the stream. */
void model_closed(stream *self);

/* model_process lets the node read the requests that are whole, and reply. */
void model_process(stream *self);

#endif
