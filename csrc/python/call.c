#include "call.h"

/* ---- binding ---- */

static int find_param(const Row *row, PyObject *name)
{
    for (int i = 0; i < row->param_count; i++) {
        if (row->params[i].name == name) { /* both are interned, nearly always */
            return i;
        }
    }
    for (int i = 0; i < row->param_count; i++) {
        if (PyUnicode_Compare(row->params[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static int bind_keywords(Call *call, PyObject *const *values, PyObject *kwnames)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        int param = find_param(call->row, name);
        if (param < 0) {
            if (call->row->kwargs) {
                continue;
            }
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'",
                         call->row->method, name);
            return -1;
        }
        if (call->values[param] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'",
                         call->row->method, name);
            return -1;
        }
        call->values[param] = values[i];
    }
    return 0;
}

static int too_many(const Row *row, Py_ssize_t given)
{
    PyErr_Format(PyExc_TypeError, "%s() takes %s%d positional argument%s but %zd %s given",
                 row->method, row->required == row->positional ? "" : "at most ", row->positional,
                 row->positional == 1 ? "" : "s", given, given == 1 ? "was" : "were");
    return -1;
}

static int fill_in(Call *call)
{
    const Row *row = call->row;
    for (int i = 0; i < row->param_count; i++) {
        if (call->values[i] == NULL) {
            call->values[i] = row->params[i].fallback;
        }
        if (call->values[i] == NULL) {
            PyErr_Format(PyExc_TypeError, "%s() missing required argument: '%U'", row->method,
                         row->params[i].name);
            return -1;
        }
    }
    return 0;
}

int call_bind(Call *call, const Row *row, PyObject *const *args, Py_ssize_t nargs,
              PyObject *kwnames)
{
    Py_ssize_t direct = nargs < row->positional ? nargs : row->positional;
    call->row = row;
    call->rest = args + direct;
    call->rest_count = nargs - direct;
    call->names = kwnames;
    call->named = args + nargs;
    if (call->rest_count > 0 && !row->varargs) {
        return too_many(row, nargs);
    }
    for (Py_ssize_t i = 0; i < direct; i++) {
        call->values[i] = args[i];
    }
    for (Py_ssize_t i = direct; i < row->param_count; i++) {
        call->values[i] = NULL;
    }
    if (kwnames != NULL && bind_keywords(call, args + nargs, kwnames) != 0) {
        return -1;
    }
    return direct == row->param_count ? 0 : fill_in(call);
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
    const char *method = span ? "total_seconds" : "timestamp";
    if (unit == UNIT_NONE || PyLong_Check(value) || PyFloat_Check(value) ||
        PyUnicode_Check(value) || PyBytes_Check(value) || !PyObject_HasAttrString(value, method)) {
        Py_INCREF(value);
        return value;
    }
    PyObject *seconds = PyObject_CallMethod(value, method, NULL);
    if (seconds == NULL) {
        return NULL;
    }
    double number = PyFloat_AsDouble(seconds);
    Py_DECREF(seconds);
    bool millis = unit == UNIT_MILLIS || unit == UNIT_UNIX_MILLIS;
    return number == -1.0 && PyErr_Occurred() ? NULL
                                              : PyLong_FromDouble(millis ? number * 1000 : number);
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

/* is_one_value: a memoryview can be iterated over, but is the bytes that it shows. */
static bool is_one_value(PyObject *value)
{
    if (PyList_Check(value) || PyTuple_Check(value)) {
        return false;
    }
    return PyUnicode_Check(value) || PyBytes_Check(value) || PyMemoryView_Check(value) ||
           !PyObject_HasAttrString(value, "__iter__");
}

/* put_list takes what redis-py does: one value, or a list of values, and more of them behind. */
static int put_list(Sink *sink, const Op *op, const Call *call, PyObject *value, const char *name)
{
    int result;
    if (is_one_value(value)) {
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
    bool bound = op->param < ROW_PARAMS_MAX;
    PyObject *value = bound ? call->values[op->param] : NULL;
    const char *name = bound ? call->row->params[op->param].text : call->row->rest.text;
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
        return put_all(sink, op, call->rest, call->rest_count, name);
    case OP_LIST:
        return put_list(sink, op, call, value, name);
    case OP_PAIRS:
        return sink_mapping(sink, value, MAPPING_FIELDS, name);
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
    case OP_SPECIAL:
        return op->special(sink, call);
    }
    return 0;
}

int call_write(const Call *call, Sink *sink)
{
    for (int i = 0; i < call->row->op_count; i++) {
        if (write_op(call, &call->row->ops[i], sink) != 0) {
            return -1;
        }
    }
    return 0;
}
