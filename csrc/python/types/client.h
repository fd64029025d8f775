/*
 * client: the Python type that runs commands, base of RedisCluster.
 *
 * Its methods are the rows of commands.def. A call is bound, written into a batch of one and
 * executed at once; commands for several nodes or slots go through fanout. A subclass, mixin or
 * monkeypatch that overrides execute_command gets every command instead. Needs the GIL, and gives
 * it up while servers are waited for; one client may be used by many threads.
 */
#ifndef RC_PYTHON_CLIENT_H
#define RC_PYTHON_CLIENT_H

#include "python/table/request.h"
#include "python/types/cluster.h"

typedef struct Client {
    PyObject_HEAD State *state;
    ClusterObject *pool; /* NULL before __init__, then always the same */
    PyObject *response_callbacks;
    PyObject *result_callbacks;
    PyObject
        *node_flags;  /* {command: flag}, where somebody has asked for or edited them; or NULL */
    unsigned int tag; /* of the type when it was last looked at for an override */
    bool overridden;  /* what was found then */
    bool patched;     /* execute_command was set on this instance */
    bool pipeline;    /* is a Pipeline */
    rc_read_policy read_policy;
    rc_msec timeout;   /* command_timeout: of a whole call; -1: none */
    bool bounds_waits; /* command_timeout bounds what a command blocks for as well */
} Client;

/*
 * client_deadline is when a call of this batch is to end. `timeout` is the call's own: milliseconds
 * for all of it, -1 for any time, 0 for what the client says, which leaves commands that block
 * their own time.
 */
rc_msec client_deadline(const Client *self, rc_msec timeout, const rc_batch *batch);

/*
 * client_run executes a batch; -1 with an exception when it was interrupted. Its commands have
 * outcomes at the deadline, whatever they wait for.
 */
int client_run(Client *self, rc_batch *batch, rc_msec deadline);

/* client_conversion is what replies of the batch are converted with; it borrows all that it names.
 */
Conversion client_conversion(const Client *self, const rc_batch *batch);

/* client_ready is 0 after __init__, and -1 with an exception before it. */
int client_ready(const Client *self);

/* client_traverse visits the objects that a Client holds, for types derived from it. */
int client_traverse(PyObject *self, visitproc visit, void *arg);
/* client_clear drops the objects that a Client holds, for types derived from it. */
int client_clear(PyObject *self);

extern PyType_Spec client_spec;

/* client_add_methods gives the new type a method for every row; -1 with an exception. */
int client_add_methods(State *state);

#endif
