#include "python/base/python_hooks.h"

PyObject *python_hook_function(const char *module, const char *name)
{
    PyObject *full_name = PyUnicode_FromFormat("rediscluster_c.%s", module);
    PyObject *imported = full_name == NULL ? NULL : PyImport_Import(full_name);
    PyObject *function = imported == NULL ? NULL : PyObject_GetAttrString(imported, name);
    Py_XDECREF(imported);
    Py_XDECREF(full_name);
    return function;
}

PyObject *python_hook_call(const char *module, const char *name, PyObject *first, PyObject *second)
{
    PyObject *function = python_hook_function(module, name);
    PyObject *result =
        function == NULL ? NULL : PyObject_CallFunctionObjArgs(function, first, second, NULL);
    Py_XDECREF(function);
    return result;
}
