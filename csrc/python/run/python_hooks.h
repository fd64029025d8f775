/*
 * package: functions of the Python package, as the C side calls them.
 *
 * For what is rare and naturally Python. They are looked up when they are needed, so that importing
 * the C side imports no more than it must. Needs the GIL.
 */
#ifndef RC_PYTHON_PACKAGE_H
#define RC_PYTHON_PACKAGE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* package_function gives rediscluster_c.<module>.<name>, a new reference; NULL with an exception.
 */
PyObject *package_function(const char *module, const char *name);

/* package_call calls it with two arguments. */
PyObject *package_call(const char *module, const char *name, PyObject *first, PyObject *second);

#endif
