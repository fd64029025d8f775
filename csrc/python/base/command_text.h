/*
 * command_text: a queued command as text, for messages and exceptions.
 */
#ifndef RC_PYTHON_COMMAND_TEXT_H
#define RC_PYTHON_COMMAND_TEXT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "core/execution/batch.h"

#include <stdbool.h>

/*
 * command_text is the command as it went out, arguments and their number cut. With `hide`, and of a
 * command that takes passwords, nothing is shown but the name and the first key: exceptions travel
 * further than messages do. NULL with an exception.
 */
PyObject *command_text(const rc_batch *batch, size_t index, bool hide);

#endif
