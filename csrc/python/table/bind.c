#include "python/table/bind.h"

#include "python/base/attribute.h"

/* ---- binding ---- */

static int find_param(const CommandSpec *spec, PyObject *name)
{
    for (int i = 0; i < spec->param_count; i++) {
        if (spec->params[i].name == name) { /* nearly always both are interned */
            return i;
        }
    }
    for (int i = 0; i < spec->param_count; i++) {
        if (PyUnicode_Compare(spec->params[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static int bind_keywords(Call *call, PyObject *const *values, PyObject *kwnames)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        int param = find_param(call->spec, name);
        if (param < 0) {
            if (call->spec->targeted &&
                PyUnicode_CompareWithASCIIString(name, "target_nodes") == 0) {
                call->targets = values[i] == Py_None ? NULL : values[i];
                continue;
            }
            if (call->spec->kwargs) {
                continue;
            }
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'",
                         call->spec->method, name);
            return -1;
        }
        if (call->values[param] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'",
                         call->spec->method, name);
            return -1;
        }
        call->values[param] = values[i];
    }
    return 0;
}

static int too_many(const CommandSpec *spec, Py_ssize_t given)
{
    PyErr_Format(PyExc_TypeError, "%s() takes %s%d positional argument%s but %zd %s given",
                 spec->method, spec->required == spec->positional ? "" : "at most ",
                 spec->positional, spec->positional == 1 ? "" : "s", given,
                 given == 1 ? "was" : "were");
    return -1;
}

static int fill_in(Call *call)
{
    const CommandSpec *spec = call->spec;
    for (int i = 0; i < spec->param_count; i++) {
        if (call->values[i] == NULL) {
            call->values[i] = spec->params[i].fallback;
        }
        if (call->values[i] == NULL) {
            PyErr_Format(PyExc_TypeError, "%s() missing required argument: '%U'", spec->method,
                         spec->params[i].name);
            return -1;
        }
    }
    return 0;
}

/* bind_node takes the argument that names nodes. None names no node. */
static int bind_node(Call *call)
{
    const Param *param = &call->spec->params[call->spec->node_param];
    PyObject *node = call->values[call->spec->node_param];
    if (node != Py_None) {
        call->targets = node;
        return 0;
    }
    if (param->fallback != NULL) {
        return 0;
    }
    PyErr_Format(PyExc_TypeError, "%s() must be told the node to go to: '%U' is None",
                 call->spec->method, param->name);
    return -1;
}

int call_bind(Call *call, const CommandSpec *spec, PyObject *const *args, Py_ssize_t nargs,
              PyObject *kwnames)
{
    Py_ssize_t direct = nargs < spec->positional ? nargs : spec->positional;
    call->spec = spec;
    call->rest = args + direct;
    call->rest_count = nargs - direct;
    call->names = kwnames;
    call->named = args + nargs;
    call->targets = NULL;
    if (call->rest_count > 0 && !spec->varargs) {
        return too_many(spec, nargs);
    }
    for (Py_ssize_t i = 0; i < direct; i++) {
        call->values[i] = args[i];
    }
    for (Py_ssize_t i = direct; i < spec->param_count; i++) {
        call->values[i] = NULL;
    }
    if (kwnames != NULL && bind_keywords(call, args + nargs, kwnames) != 0) {
        return -1;
    }
    if (direct != spec->param_count && fill_in(call) != 0) {
        return -1;
    }
    return spec->node_param >= 0 ? bind_node(call) : 0;
}

/* ---- writing ---- */

static int put(Sink *sink, const Op *op, PyObject *value, const char *name)
{
    return op->key ? sink_key(sink, value, name) : sink_value(sink, value, name);
}

/* in_unit makes the number of a timedelta or datetime; any other value is as it was. New reference.
 */
static PyObject *in_unit(PyObject *value, TimeUnit unit)
{
    bool span = unit == UNIT_SECONDS || unit == UNIT_MILLIS;
    bool plain = unit == UNIT_NONE || PyLong_Check(value) || PyFloat_Check(value) ||
                 PyUnicode_Check(value) || PyBytes_Check(value);
    PyObject *method = NULL;
    int has = plain ? 0 : attribute_find(value, span ? "total_seconds" : "timestamp", &method);
    if (has <= 0) {
        Py_XINCREF(has < 0 ? NULL : value);
        return has < 0 ? NULL : value;
    }
    PyObject *seconds = PyObject_CallNoArgs(method);
    Py_DECREF(method);
    if (seconds == NULL) {
        return NULL;
    }
    double number = PyFloat_AsDouble(seconds);
    Py_DECREF(seconds);
    if (number == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    /*
     * A timedelta counts microseconds. Half of one is added, so that rounding never goes below it.
     */
    bool millis = unit == UNIT_MILLIS || unit == UNIT_UNIX_MILLIS;
    return PyLong_FromDouble(millis ? number * 1000 + 0.0005 : number);
}

static int put_value(Sink *sink, const Op *op, PyObject *value, const char *name)
{
    if (op->unit == UNIT_NONE) {
        return put(sink, op, value, name);
    }
    PyObject *number = in_unit(value, op->unit);
    if (number == NULL) {
        return -1;
    }
    int result = put(sink, op, number, name);
    Py_DECREF(number);
    return result;
}

static int put_all(Sink *sink, const Op *op, PyObject *const *values, Py_ssize_t count,
                   const char *name)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        if (put(sink, op, values[i], name) != 0) {
            return -1;
        }
    }
    return 0;
}

int call_is_list(PyObject *value)
{
    if (PyList_Check(value) || PyTuple_Check(value)) {
        return 1;
    }
    if (PyUnicode_Check(value) || PyBytes_Check(value) || PyMemoryView_Check(value)) {
        return 0;
    }
    return attribute_has(value, "__iter__");
}

/* put_list takes what redis-py does: one value, or a list of values, and more of them behind. */
static int put_list(Sink *sink, const Op *op, const Call *call, PyObject *value, const char *name)
{
    int result;
    int list = call_is_list(value);
    if (list < 0) {
        return -1;
    }
    if (list == 0) {
        result = put(sink, op, value, name);
    } else {
        /* A tuple of our own: encoding may run Python code, which could change the caller's list.
         */
        PyObject *own = PySequence_Tuple(value);
        if (own == NULL) {
            return -1;
        }
        result = put_all(sink, op, &PyTuple_GET_ITEM(own, 0), PyTuple_GET_SIZE(own), name);
        Py_DECREF(own);
    }
    return result == 0 ? put_all(sink, op, call->rest, call->rest_count, name) : result;
}

/* put_rest writes *rest. If a number of keys stands before, as many of them are keys. */
static int put_rest(Sink *sink, const Op *op, const Call *call, const char *name)
{
    Py_ssize_t keys = op->key && sink->counted >= 0 ? sink->counted : call->rest_count;
    for (Py_ssize_t i = 0; i < call->rest_count; i++) {
        PyObject *value = call->rest[i];
        int result = i < keys ? put(sink, op, value, name) : sink_value(sink, value, name);
        if (result != 0) {
            return -1;
        }
    }
    return 0;
}

/* put_count writes how many of *rest are keys, as the caller says. */
static int put_count(Sink *sink, const Call *call, PyObject *value, const char *name)
{
    bool whole = PyLong_Check(value) && !PyBool_Check(value);
    bool text = PyUnicode_Check(value) || PyBytes_Check(value);
    PyObject *number = whole || text ? PyNumber_Long(value) : NULL;
    Py_ssize_t count = number == NULL ? -1 : PyLong_AsSsize_t(number);
    Py_XDECREF(number);
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_ValueError) &&
        !PyErr_ExceptionMatches(PyExc_OverflowError)) {
        return -1;
    }
    PyErr_Clear(); /* no digits, or too many: the message below says it */
    if (count < 0 || count > call->rest_count) {
        PyErr_Format(sink->state->data_error,
                     "'%s' of %s must be the number of keys that follow, from 0 to %zd: %R", name,
                     sink->method, call->rest_count, value);
        return -1;
    }
    sink->counted = count;
    return sink_number(sink, count);
}

Py_ssize_t call_write_counted(Sink *sink, PyObject *value, const char *name)
{
    int list = call_is_list(value);
    PyObject *own = list < 0 ? NULL : list == 0 ? PyTuple_Pack(1, value) : PySequence_Tuple(value);
    Py_ssize_t count = own == NULL ? -1 : PyTuple_GET_SIZE(own);
    int result = count < 0 ? -1 : sink_number(sink, count);
    for (Py_ssize_t i = 0; result == 0 && i < count; i++) {
        result = sink_key(sink, PyTuple_GET_ITEM(own, i), name);
    }
    Py_XDECREF(own);
    return result == 0 ? count : -1;
}

/* put_python writes what a function of _commands.arguments makes of all parameters. */
static int put_python(Sink *sink, const Op *op, const Call *call)
{
    int count = call->spec->param_count;
    PyObject *arguments = PyTuple_New(count + call->rest_count);
    if (arguments == NULL) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < count + call->rest_count; i++) {
        PyObject *value = i < count ? call->values[i] : call->rest[i - count];
        Py_INCREF(value);
        PyTuple_SET_ITEM(arguments, i, value);
    }
    PyObject *list = PyObject_CallObject(op->python, arguments);
    PyObject *words = list == NULL ? NULL : PySequence_Tuple(list);
    int result = words == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(words); i++) {
        result = sink_value(sink, PyTuple_GET_ITEM(words, i), "argument");
    }
    Py_XDECREF(words);
    Py_XDECREF(list);
    Py_DECREF(arguments);
    return result;
}

static int put_word(Sink *sink, const Op *op)
{
    sink->options |= op->option;
    return sink_encoded(sink, op->encoded, op->encoded_length, op->word);
}

static int is_true(PyObject *value)
{
    return value == Py_False || value == Py_None ? 0 : PyObject_IsTrue(value);
}

static int write_op(const Call *call, const Op *op, Sink *sink)
{
    bool bound = op->param < SPEC_PARAMS_MAX;
    PyObject *value = bound ? call->values[op->param] : NULL;
    const char *name = bound ? call->spec->params[op->param].text : call->spec->rest.text;
    int truth;
    switch (op->kind) {
    case OP_VALUE:
        return put_value(sink, op, value, name);
    case OP_OPTIONAL:
        if (value == Py_None) {
            return 0;
        }
        sink->options |= op->option;
        return put_value(sink, op, value, name);
    case OP_VALUES:
        return put_rest(sink, op, call, name);
    case OP_LIST:
        return put_list(sink, op, call, value, name);
    case OP_PAIRS:
        return sink_mapping(sink, value, op->key ? MAPPING_KEYS : MAPPING_FIELDS, name);
    case OP_SCORES:
        return sink_mapping(sink, value, MAPPING_SCORES, name);
    case OP_LITERAL:
        return put_word(sink, op);
    case OP_OPTION:
        if (value == Py_None) {
            return 0;
        }
        return put_word(sink, op) == 0 ? put_value(sink, op, value, name) : -1;
    case OP_FLAG:
        truth = is_true(value);
        return truth > 0 ? put_word(sink, op) : truth;
    case OP_COUNT:
        return put_count(sink, call, value, name);
    case OP_COUNTED:
        return call_write_counted(sink, value, name) < 0 ? -1 : 0;
    case OP_COUNTED_VALUES:
        return sink_number(sink, call->rest_count) == 0 ? put_rest(sink, op, call, name) : -1;
    case OP_SLOT:
        return sink_slot(sink, value, name);
    case OP_NODE:
        return 0;
    case OP_EXTRA:
        sink->extra = value == Py_None ? NULL : value;
        return 0;
    case OP_CUSTOM:
        return op->custom(sink, call);
    case OP_PYTHON:
        return put_python(sink, op, call);
    }
    return 0;
}

int call_write(const Call *call, Sink *sink)
{
    for (int i = 0; i < call->spec->op_count; i++) {
        if (write_op(call, &call->spec->ops[i], sink) != 0) {
            return -1;
        }
    }
    return 0;
}
