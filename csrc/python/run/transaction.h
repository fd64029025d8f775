/*
 * transaction: a pipeline's commands on one connection of the caller's, in one go.
 *
 * For transactions: what is sent again, and where, is for whoever holds the session to decide; here
 * nothing is. The pipeline keeps its commands. A session on which not all replies came is closed.
 */
#ifndef RC_PYTHON_TRANSACTION_H
#define RC_PYTHON_TRANSACTION_H

#include "python/types/pipeline.h"

/* transaction_run(session, transaction=False) is a method of the type Pipeline. */
PyObject *transaction_run(PyObject *self, PyObject *args, PyObject *kwargs);

#endif
