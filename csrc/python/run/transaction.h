/*
 * transaction: sends a pipeline's commands on a session, and reads all replies. Nothing is retried
 * here: the holder of the session decides that. The pipeline keeps its commands. A session on which
 * not all replies came is closed.
 */
#ifndef RC_PYTHON_TRANSACTION_H
#define RC_PYTHON_TRANSACTION_H

#include "python/types/pipeline.h"

/* transaction_run(session, transaction=False) is a method of the type Pipeline. */
PyObject *transaction_run(PyObject *self, PyObject *args, PyObject *kwargs);

#endif
