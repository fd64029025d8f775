/*
 * dispatch: where a command of a method or of execute_command goes: to an override of
 * execute_command, to a pipeline's queue, to several nodes or slots, or to one node. Needs the GIL.
 */
#ifndef RC_PYTHON_DISPATCH_H
#define RC_PYTHON_DISPATCH_H

#include "python/types/client.h"

/*
 * dispatch_method runs or queues the command of a row's method. New reference; NULL with an
 * exception. Blocks without the GIL until the replies are there.
 */
PyObject *dispatch_method(Client *self, int spec_number, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames);

/* dispatch_arguments is the method execute_command; otherwise like dispatch_method. */
PyObject *dispatch_arguments(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames);

#endif
