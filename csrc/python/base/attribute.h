/*
 * attribute: what an object has, asked so that an error in its own code is not lost.
 *
 * PyObject_HasAttrString takes any exception, an interrupt as well, for "no". Needs the GIL.
 */
#ifndef RC_PYTHON_ATTRIBUTE_H
#define RC_PYTHON_ATTRIBUTE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

/*
 * attribute_find returns 1 and a new reference in *found, 0 for no such attribute (AttributeError),
 * and -1 with an exception for any other; *found is NULL then.
 */
int attribute_find(PyObject *object, const char *name, PyObject **found);

/* attribute_has is attribute_find without the attribute. */
int attribute_has(PyObject *object, const char *name);

/* attribute_iterable: whether the type can be walked over; runs no code of the object. */
bool attribute_iterable(PyObject *object);

/* attribute_sized: whether the type has a length; runs no code of the object. */
bool attribute_sized(PyObject *object);

#endif
