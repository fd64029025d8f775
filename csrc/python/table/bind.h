/*
 * bind: the arguments of one method call, bound to its row's parameters and written to a sink.
 *
 * Binding follows the rules of a Python def, with its wording of errors. Nothing is owned: a Call
 * points at the caller's objects and must not outlive the call. Needs the GIL.
 */
#ifndef RC_PYTHON_BIND_H
#define RC_PYTHON_BIND_H

#include "python/table/command_spec.h"

struct Call {
    const CommandSpec *spec;
    PyObject *values[SPEC_PARAMS_MAX]; /* borrowed */
    PyObject *const *rest;             /* what *args takes */
    Py_ssize_t rest_count;
    PyObject *names;        /* the keywords' names (tuple), if the row takes any keyword; or NULL */
    PyObject *const *named; /* the keywords' values */
    PyObject *targets;      /* target_nodes, or the row's own parameter for it; NULL: not given */
};

/*
 * call_bind finds a value for each parameter, as the call of a Python def would. It borrows all
 * from the arguments. -1 with the TypeError that such a def would raise.
 */
int call_bind(Call *call, const CommandSpec *spec, PyObject *const *args, Py_ssize_t nargs,
              PyObject *kwnames);

/* call_write writes the arguments, without the command's name. */
int call_write(const Call *call, Sink *sink);

/* call_is_list: a list of values, not one value, as a memoryview is, though it can be walked over;
 * -1 with an exception. */
int call_is_list(PyObject *value);

/* call_write_counted writes a key, or a list of them, behind their number, and returns that. */
Py_ssize_t call_write_counted(Sink *sink, PyObject *value, const char *name);

#endif
