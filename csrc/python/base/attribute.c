#include "python/base/attribute.h"

int attribute_find(PyObject *object, const char *name, PyObject **found)
{
    *found = PyObject_GetAttrString(object, name);
    if (*found != NULL) {
        return 1;
    }
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) {
        return -1;
    }
    PyErr_Clear();
    return 0;
}

int attribute_has(PyObject *object, const char *name)
{
    PyObject *found;
    int result = attribute_find(object, name, &found);
    Py_XDECREF(found);
    return result;
}

bool attribute_iterable(PyObject *object)
{
    return Py_TYPE(object)->tp_iter != NULL || PySequence_Check(object);
}

bool attribute_sized(PyObject *object)
{
    const PyTypeObject *type = Py_TYPE(object);
    return (type->tp_as_sequence != NULL && type->tp_as_sequence->sq_length != NULL) ||
           (type->tp_as_mapping != NULL && type->tp_as_mapping->mp_length != NULL);
}
