/*
 * errors: exceptions for what the servers and the core report.
 *
 * The classes and their wording live in rediscluster_c/exceptions.py; this file only carries the
 * facts there. Functions that "make" return a new exception object; functions that "raise" set it.
 */
#ifndef RC_PYTHON_ERRORS_H
#define RC_PYTHON_ERRORS_H

#include "python/base/state.h"

#include "core/cluster.h"

/* errors_from_reply makes the exception for an error reply; NULL with an exception if it cannot.
 */
PyObject *errors_from_reply(State *state, const char *text, size_t length);

/*
 * errors_from_item makes it for an item that rc_reply_tree_is_failure knows: an error reply, or a
 * reply that was over a limit.
 */
PyObject *errors_from_item(State *state, const rc_reply_tree *tree, const rc_item *item);

/* errors_from_error makes the exception for a core error that is not about a command. */
PyObject *errors_from_error(State *state, const rc_error *error);

/* errors_of_outcome makes it for what ended as the command's state, slot and flags say. */
PyObject *errors_of_outcome(State *state, const rc_error *error, const rc_command *command);

/*
 * errors_of_command makes the exception for a command that ended without a usable reply. It says
 * which command, slot, node and outcome it is about; `cluster` knows the nodes.
 */
PyObject *errors_of_command(State *state, rc_cluster *cluster, const rc_batch *batch, size_t index);

/*
 * errors_explain_decoding adds to the UnicodeDecodeError that is set which command's reply it is
 * about. Another exception is set if it cannot.
 */
void errors_explain_decoding(const rc_batch *batch, size_t index);

/* errors_raise takes over an exception object (NULL: an exception is set already); returns NULL.
 */
PyObject *errors_raise(PyObject *exception);

#endif
