/*
 * custom: helpers of the custom functions, those of no family, and the table of all by name.
 */
#include "python/base/attribute.h"
#include "python/base/errors.h"
#include "python/table/custom_internal.h"

PyObject *custom_value(const Call *call, const char *param)
{
    for (int i = 0; i < call->spec->param_count; i++) {
        if (PyUnicode_CompareWithASCIIString(call->spec->params[i].name, param) == 0) {
            return call->values[i];
        }
    }
    return NULL;
}

int custom_given(const Call *call, const char *param)
{
    PyObject *value = custom_value(call, param);
    return value == NULL || value == Py_None ? 0 : PyObject_IsTrue(value);
}

int custom_invalid(const Sink *sink, const char *message)
{
    PyErr_SetString(sink->state->data_error, message);
    return -1;
}

static int put_key_and_value(Sink *sink, PyObject *key, PyObject *value, bool keys)
{
    int result = keys ? sink_key(sink, key, "key") : sink_value(sink, key, "key");
    return result == 0 ? sink_value(sink, value, "value") : result;
}

/* put_items writes a list of fields and values in turn. */
static int put_items(Sink *sink, PyObject *items)
{
    int list = attribute_has(items, "__iter__");
    if (list < 0) {
        return -1;
    }
    if (list == 0) {
        PyErr_Format(sink->state->data_error,
                     "'items' of %s must be a list of fields and values, not '%s'", sink->method,
                     Py_TYPE(items)->tp_name);
        return -1;
    }
    PyObject *own = PySequence_Tuple(items);
    if (own == NULL) {
        return -1;
    }
    int result = 0;
    if (PyTuple_GET_SIZE(own) % 2 != 0) {
        PyErr_Format(
            sink->state->data_error,
            "'%s' with odd number of items. 'items' must contain a list of key/value pairs.",
            sink->method);
        result = -1;
    }
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(own); i++) {
        result = sink_value(sink, PyTuple_GET_ITEM(own, i), "items");
    }
    Py_DECREF(own);
    return result;
}

/* hset(name, key, value), hset(name, mapping=...) and hset(name, items=...), or all at once. */
static int hset(Sink *sink, const Call *call)
{
    PyObject *key = custom_value(call, "key");
    int mapping = custom_given(call, "mapping");
    int items = custom_given(call, "items");
    if (mapping < 0 || items < 0) {
        return -1;
    }
    if (key == Py_None && !mapping && !items) {
        return custom_invalid(sink, "'hset' with no key value pairs");
    }
    if (items && put_items(sink, custom_value(call, "items")) != 0) {
        return -1;
    }
    if (key != Py_None && put_key_and_value(sink, key, custom_value(call, "value"), false) != 0) {
        return -1;
    }
    return mapping ? sink_mapping(sink, custom_value(call, "mapping"), MAPPING_FIELDS, "mapping")
                   : 0;
}

/* hmset only checks that there is something to set. */
static int hmset(Sink *sink, const Call *call)
{
    int mapping = custom_given(call, "mapping");
    return mapping == 0  ? custom_invalid(sink, "'hmset' with 'mapping' of length 0")
           : mapping < 0 ? -1
                         : 0;
}

/* mset({key: value}), mset(key=value), or both; what the mapping says wins. */
static int mset(Sink *sink, const Call *call)
{
    bool mapping = call->rest_count == 1 && PyDict_Check(call->rest[0]);
    if (call->rest_count > 0 && !mapping) {
        PyObject *error = PyObject_GetAttrString(sink->state->data_error, "__base__");
        PyErr_Format(error != NULL ? error : sink->state->data_error,
                     "%s requires **kwargs or a single dict arg", call->spec->wire);
        Py_XDECREF(error);
        return -1;
    }
    Py_ssize_t count = call->names == NULL ? 0 : PyTuple_GET_SIZE(call->names);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(call->names, i);
        int overruled = mapping ? PyDict_Contains(call->rest[0], name) : 0;
        if (overruled < 0 ||
            (overruled == 0 && put_key_and_value(sink, name, call->named[i], true) != 0)) {
            return -1;
        }
    }
    return mapping ? sink_mapping(sink, call->rest[0], MAPPING_KEYS, "mapping") : 0;
}

/* mapping writes keys and their values in turn, behind how many keys there are. */
static int mapping(Sink *sink, const Call *call)
{
    PyObject *given = custom_value(call, "mapping");
    PyObject *own =
        PyDict_New(); /* encoding may run Python code, which could change the caller's */
    if (own == NULL) {
        return -1;
    }
    int result = -1;
    if (PyDict_Update(own, given) != 0) {
        bool shape =
            PyErr_ExceptionMatches(PyExc_AttributeError) || PyErr_ExceptionMatches(PyExc_TypeError);
        if (shape) {
            PyErr_Format(sink->state->data_error, "'mapping' of %s must be a mapping, not '%s'",
                         sink->method, Py_TYPE(given)->tp_name);
        }
    } else if (PyDict_GET_SIZE(own) == 0) {
        PyErr_Format(sink->state->data_error, "'mapping' of %s is empty", sink->method);
    } else if (sink_number(sink, PyDict_GET_SIZE(own)) == 0) {
        result = sink_mapping(sink, own, MAPPING_KEYS, "mapping");
    }
    Py_DECREF(own);
    return result;
}

/* timeout writes None as 0, which servers take for a wait without end. */
static int timeout(Sink *sink, const Call *call)
{
    PyObject *seconds = custom_value(call, "timeout");
    return seconds == Py_None ? sink_text(sink, "0") : sink_value(sink, seconds, "timeout");
}

/* counted writes the number of keys, and the keys. The caller gives the number as well. */
static int counted(Sink *sink, const Call *call)
{
    const char *name = custom_value(call, "numkeys") != NULL ? "numkeys" : "num_keys";
    PyObject *number = custom_value(call, name);
    if (!PyLong_Check(number) || PyBool_Check(number)) {
        PyErr_Format(sink->state->data_error, "'%s' of %s must be the number of keys, an int: %R",
                     name, sink->method, number);
        return -1;
    }
    Py_ssize_t count = call_write_counted(sink, custom_value(call, "keys"), "keys");
    int overflow;
    if (count >= 0 && PyLong_AsLongAndOverflow(number, &overflow) != count) {
        PyErr_Format(sink->state->data_error, "'%s' of %s is %R, but there are %zd keys", name,
                     sink->method, number, count);
        return -1;
    }
    return count < 0 ? -1 : 0;
}

/* rename only checks that the names differ: servers before 3.2 did, and programs expect it. */
static int rename_key(Sink *sink, const Call *call)
{
    static const char same[] = "ERR source and destination objects are the same";
    int equal =
        PyObject_RichCompareBool(custom_value(call, "src"), custom_value(call, "dst"), Py_EQ);
    if (equal > 0) {
        errors_raise(errors_from_reply(sink->state, same, sizeof same - 1));
    }
    return equal == 0 ? 0 : -1;
}

static const CustomName names[] = {
    {"hset", hset},       {"hmset", hmset},       {"mset", mset},       {"timeout", timeout},
    {"counted", counted}, {"rename", rename_key}, {"mapping", mapping}, {NULL, NULL}};

Custom custom_function(const char *name)
{
    const CustomName *const tables[] = {names, custom_sorted_set_names, custom_stream_names,
                                        custom_geo_names, custom_key_names};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        for (const CustomName *known = tables[i]; known->name != NULL; known++) {
            if (strcmp(known->name, name) == 0) {
                return known->function;
            }
        }
    }
    return NULL;
}
