#include "python/table/cluster_options.h"

/* ---- readers: 0, or -1 with an exception ---- */

static int read_startup(PyObject *list, void *place)
{
    rc_options *options = place;
    Py_ssize_t count = PyList_Check(list) ? PyList_GET_SIZE(list) : -1;
    if (count < 0) {
        PyErr_SetString(PyExc_TypeError, "a list is needed");
        return -1;
    }
    options->startup = rc_alloc_zeroed(((size_t)count + 1) * sizeof *options->startup);
    if (options->startup == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        rc_address *address = &options->startup[i];
        if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "si", &address->host, &address->port)) {
            return -1;
        }
    }
    options->startup_count = (size_t)count;
    return 0;
}

static int read_remaps(PyObject *list, void *place)
{
    rc_options *options = place;
    Py_ssize_t count = PyList_Check(list) ? PyList_GET_SIZE(list) : -1;
    if (count < 0) {
        PyErr_SetString(PyExc_TypeError, "a list is needed");
        return -1;
    }
    options->remaps = rc_alloc_zeroed(((size_t)count + 1) * sizeof *options->remaps);
    if (options->remaps == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        rc_remap *rule = &options->remaps[i];
        if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "zzii", &rule->from_host, &rule->to_host,
                              &rule->from_port, &rule->to_port)) {
            return -1;
        }
    }
    options->remap_count = (size_t)count;
    return 0;
}

static int read_object(PyObject *value, void *place)
{
    *(PyObject **)place = value == Py_None ? NULL : value;
    return 0;
}

/* read_text: None leaves the default. */
static int read_text(PyObject *value, void *place)
{
    Py_ssize_t length;
    const char *text = value == Py_None ? NULL : PyUnicode_AsUTF8AndSize(value, &length);
    if (text != NULL && strlen(text) != (size_t)length) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return -1;
    }
    if (text != NULL) {
        *(char **)place = (char *)(uintptr_t)text;
    }
    return text == NULL && value != Py_None ? -1 : 0;
}

/* read_credential takes bytes as they are, and a str as UTF-8. */
static int read_credential(PyObject *value, void *place)
{
    return PyBytes_Check(value) ? PyBytes_AsStringAndSize(value, place, NULL)
                                : read_text(value, place);
}

static int read_int(PyObject *value, void *place)
{
    int overflow;
    long number = PyLong_AsLongAndOverflow(value, &overflow);
    if (overflow != 0 || number > INT_MAX || number < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, "an int of the C compiler's is needed");
        return -1;
    }
    *(int *)place = (int)number;
    return number == -1 && PyErr_Occurred() ? -1 : 0;
}

static int read_flag(PyObject *value, void *place)
{
    int truth = PyObject_IsTrue(value);
    *(bool *)place = truth > 0;
    return truth < 0 ? -1 : 0;
}

static int read_milliseconds(PyObject *value, void *place)
{
    *(rc_msec *)place = PyLong_AsLongLong(value);
    return PyErr_Occurred() ? -1 : 0;
}

/* read_limit: 0 is no limit. */
static int read_limit(PyObject *value, void *place)
{
    Py_ssize_t number = PyLong_AsSsize_t(value);
    *(size_t *)place = number <= 0 ? SIZE_MAX : (size_t)number;
    return PyErr_Occurred() ? -1 : 0;
}

/* ---- the table ---- */

typedef struct Option {
    const char *name;
    int (*read)(PyObject *value, void *place);
    size_t offset;
    const char *type;
} Option;

static const Option table[] = {
#define OPTION(name, read, place, type) {#name, read, offsetof(ClusterOptions, place), type},
#include "python/table/options.def"
#undef OPTION
};

enum { OPTIONS = sizeof table / sizeof *table };

/* name_option puts the keyword's name before the text of the exception that is set. */
static int name_option(const char *name)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_Format(type, "%s: %S", name, value == NULL ? Py_None : value);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return -1;
}

/* read_option counts in *found the keywords that the table knows. */
static int read_option(const Option *option, ClusterOptions *options, PyObject *kwargs,
                       Py_ssize_t *found)
{
    PyObject *name = PyUnicode_InternFromString(option->name);
    PyObject *value = name == NULL ? NULL : PyDict_GetItemWithError(kwargs, name); /* borrowed */
    Py_XDECREF(name);
    if (value == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    ++*found;
    return option->read(value, (char *)options + option->offset) == 0 ? 0
                                                                      : name_option(option->name);
}

static bool is_known(PyObject *name)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (PyUnicode_CompareWithASCIIString(name, table[i].name) == 0) {
            return true;
        }
    }
    return false;
}

static int refuse_unknown(PyObject *kwargs)
{
    Py_ssize_t place = 0;
    PyObject *name;
    PyObject *value;
    while (PyDict_Next(kwargs, &place, &name, &value)) {
        if (!is_known(name)) {
            PyErr_Format(PyExc_TypeError, "Cluster() got an unexpected keyword argument '%U'",
                         name);
            return -1;
        }
    }
    return 0;
}

int cluster_options_read(ClusterOptions *options, PyObject *args, PyObject *kwargs)
{
    *options = (ClusterOptions){.encoding = (char *)(uintptr_t) "utf-8",
                                .errors = (char *)(uintptr_t) "strict"};
    rc_options_default(&options->core);
    if (PyTuple_GET_SIZE(args) > 0) {
        PyErr_SetString(PyExc_TypeError, "Cluster() takes keywords only");
        return -1;
    }
    Py_ssize_t found = 0;
    for (size_t i = 0; kwargs != NULL && i < OPTIONS; i++) {
        if (read_option(&table[i], options, kwargs, &found) != 0) {
            return -1;
        }
    }
    return kwargs == NULL || found == PyDict_GET_SIZE(kwargs) ? 0 : refuse_unknown(kwargs);
}

void cluster_options_free(ClusterOptions *options)
{
    rc_free(options->core.startup); /* the arrays only: their texts are the keywords' own */
    rc_free(options->core.remaps);
}

PyObject *cluster_options_describe(void)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < OPTIONS; i++) {
        PyObject *type = PyUnicode_FromString(table[i].type);
        if (type == NULL || PyDict_SetItemString(dict, table[i].name, type) != 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(type);
    }
    return dict;
}
