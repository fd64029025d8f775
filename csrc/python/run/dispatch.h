/*
 * dispatch: which road a command takes.
 *
 * From a method or from execute_command; to an override of execute_command if somebody made one, to
 * a pipeline's queue, to several nodes or slots, or straight to the one node. Needs the GIL.
 */
#ifndef RC_PYTHON_DISPATCH_H
#define RC_PYTHON_DISPATCH_H

#include "python/types/client.h"

/* dispatch_method is what every row's method calls. */
PyObject *dispatch_method(Client *self, int spec_number, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames);

/* dispatch_arguments is the method execute_command. */
PyObject *dispatch_arguments(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames);

#endif
