/*
 * fanout: one command for several nodes, or for keys of several slots, in one round trip.
 *
 * The command becomes a batch of commands, all under way at the same time; their replies become one
 * result as the row says (Merge). The first that failed, in the caller's order, is raised: the
 * others have run all the same. Needs the GIL, gives it up while waiting.
 */
#ifndef RC_PYTHON_FANOUT_H
#define RC_PYTHON_FANOUT_H

#include "client.h"

/* fanout_nodes runs it on every node, or every primary. */
PyObject *fanout_nodes(Client *self, const Request *request);

/* fanout_slots runs it once per slot of its keys; with one slot only it stays a single command. */
PyObject *fanout_slots(Client *self, const Request *request);

#endif
