/*
 * reply_convert: a conversion of the table by itself, without a command and a server.
 */
#ifndef RC_PYTHON_REPLY_CONVERT_H
#define RC_PYTHON_REPLY_CONVERT_H

#include "python/base/state.h"

/* reply_convert takes the arguments of _core.convert; it needs the GIL. */
PyObject *reply_convert(State *state, PyObject *args);

#endif
