#include "special.h"

#include "failure.h"

static PyObject *value_of(const Call *call, const char *param)
{
    for (int i = 0; i < call->row->param_count; i++) {
        if (PyUnicode_CompareWithASCIIString(call->row->params[i].name, param) == 0) {
            return call->values[i];
        }
    }
    return NULL; /* a fault in the table; tests/unit walks over every special */
}

/* given: whether it is there and true; -1 with an exception, from the value's own __bool__. */
static int given(const Call *call, const char *param)
{
    PyObject *value = value_of(call, param);
    return value == Py_None ? 0 : PyObject_IsTrue(value);
}

static int refuse(const Sink *sink, const char *message)
{
    PyErr_SetString(sink->state->data_error, message);
    return -1;
}

static int put_key_and_value(Sink *sink, PyObject *key, PyObject *value, bool keys)
{
    int result = keys ? sink_key(sink, key, "key") : sink_value(sink, key, "key");
    return result == 0 ? sink_value(sink, value, "value") : result;
}

/* hset(name, key, value) and hset(name, mapping=...), or both at once. */
static int hset(Sink *sink, const Call *call)
{
    PyObject *key = value_of(call, "key");
    int mapping = given(call, "mapping");
    if (mapping < 0) {
        return -1;
    }
    if (key == Py_None && !mapping) {
        return refuse(sink, "'hset' with no key value pairs");
    }
    if (key != Py_None && put_key_and_value(sink, key, value_of(call, "value"), false) != 0) {
        return -1;
    }
    return mapping ? sink_mapping(sink, value_of(call, "mapping"), MAPPING_FIELDS, "mapping") : 0;
}

/* mset({key: value}), mset(key=value), or both; what the mapping says wins. */
static int mset(Sink *sink, const Call *call)
{
    bool mapping = call->rest_count == 1 && PyDict_Check(call->rest[0]);
    if (call->rest_count > 0 && !mapping) {
        PyObject *error = PyObject_GetAttrString(sink->state->data_error, "__base__");
        PyErr_SetString(error != NULL ? error : sink->state->data_error,
                        "MSET requires **kwargs or a single dict arg");
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

typedef enum ZaddFlag { ZADD_NX, ZADD_XX, ZADD_GT, ZADD_LT, ZADD_INCR, ZADD_FLAGS } ZaddFlag;

static int read_zadd_flags(const Call *call, int flags[ZADD_FLAGS])
{
    static const char *const names[] = {"nx", "xx", "gt", "lt", "incr"};
    for (int i = 0; i < ZADD_FLAGS; i++) {
        flags[i] = given(call, names[i]);
        if (flags[i] < 0) {
            return -1;
        }
    }
    return 0;
}

/* zadd only holds the flags against one another; the row's words write them. */
static int zadd(Sink *sink, const Call *call)
{
    int flags[ZADD_FLAGS];
    Py_ssize_t count = PyObject_Size(value_of(call, "mapping"));
    if (count < 0 && !PyErr_ExceptionMatches(PyExc_TypeError)) {
        return -1;
    }
    PyErr_Clear(); /* what has no length is no mapping */
    if (count <= 0) {
        return refuse(sink, "ZADD requires at least one element/score pair");
    }
    if (read_zadd_flags(call, flags) != 0) {
        return -1;
    }
    if (flags[ZADD_NX] && flags[ZADD_XX]) {
        return refuse(sink, "ZADD allows either 'nx' or 'xx', not both");
    }
    if (flags[ZADD_INCR] && count != 1) {
        return refuse(sink, "ZADD option 'incr' only works when passing a single element/score "
                            "pair");
    }
    if (flags[ZADD_GT] + flags[ZADD_LT] + flags[ZADD_NX] > 1) {
        return refuse(sink, "ZADD allows only one of 'gt', 'lt' and 'nx'");
    }
    return 0;
}

/* zrange with desc=True is ZREVRANGE, which every server has; ZRANGE ... REV came with 6.2. */
static int zrange(Sink *sink, const Call *call)
{
    int desc = given(call, "desc");
    return desc > 0 ? sink_rename(sink, "ZREVRANGE") : desc;
}

/* rename only refuses what servers before 3.2 refused, and programs still expect. */
static int rename_key(Sink *sink, const Call *call)
{
    static const char same[] = "ERR source and destination objects are the same";
    int equal = PyObject_RichCompareBool(value_of(call, "src"), value_of(call, "dst"), Py_EQ);
    if (equal > 0) {
        failure_raise(failure_from_reply(sink->state, same, sizeof same - 1));
    }
    return equal == 0 ? 0 : -1;
}

static const struct {
    const char *name;
    Special function;
} specials[] = {
    {"hset", hset}, {"mset", mset}, {"rename", rename_key}, {"zadd", zadd}, {"zrange", zrange}};

Special special_function(const char *name)
{
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        if (strcmp(specials[i].name, name) == 0) {
            return specials[i].function;
        }
    }
    return NULL;
}
