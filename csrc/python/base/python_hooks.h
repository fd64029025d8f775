/*
 * python_hooks: functions of the Python package, as the C side calls them.
 *
 * For what is rare and naturally Python. They are looked up when they are needed, so that importing
 * the C side imports no more than it must. Needs the GIL.
 */
#ifndef RC_PYTHON_PYTHON_HOOKS_H
#define RC_PYTHON_PYTHON_HOOKS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* python_hook_function gives rediscluster_c.<module>.<name>, a new reference; NULL with an
 * exception.
 */
PyObject *python_hook_function(const char *module, const char *name);

/*
 * python_hook_call calls rediscluster_c.<module>.<name> with two arguments. New reference; NULL
 * with an exception. It runs Python code, so the GIL may change hands meanwhile.
 */
PyObject *python_hook_call(const char *module, const char *name, PyObject *first, PyObject *second);

#endif
