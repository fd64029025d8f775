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

/*
 * errors_from_reply makes the exception for an error reply. New reference; NULL with an exception.
 */
PyObject *errors_from_reply(State *state, const char *text, size_t length);

/*
 * errors_from_item makes the exception for an item that is a failure (rc_reply_tree_is_failure): an
 * error reply, or a reply over a limit. New reference; NULL with an exception.
 */
PyObject *errors_from_item(State *state, const rc_reply_tree *tree, const rc_item *item);

/*
 * errors_from_error makes the exception for a core error that is not about a command. New
 * reference; NULL with an exception.
 */
PyObject *errors_from_error(State *state, const rc_error *error);

/*
 * errors_of_outcome makes the exception for a core error about a command. Only the command's state,
 * slot and flags are read. New reference; NULL with an exception.
 */
PyObject *errors_of_outcome(State *state, const rc_error *error, const rc_command *command);

/*
 * errors_of_command makes the exception for a command that ended without a usable reply, with its
 * text, slot, node and outcome; `cluster` has the nodes' addresses. New reference; NULL with an
 * exception.
 */
PyObject *errors_of_command(State *state, rc_cluster *cluster, const rc_batch *batch, size_t index);

/*
 * errors_explain_decoding adds the command to the UnicodeDecodeError that is set. If that fails,
 * another exception is set in its place.
 */
void errors_explain_decoding(const rc_batch *batch, size_t index);

/* errors_raise takes over an exception object (NULL: an exception is set already); returns NULL.
 */
PyObject *errors_raise(PyObject *exception);

#endif
