/*
 * custom_keys: bits, SORT and MIGRATE.
 */
#include "python/table/custom_internal.h"

static bool is_given(PyObject *value)
{
    return value != NULL && value != Py_None;
}

/* ---- bits ---- */

/* bitcount only checks. */
static int bitcount(Sink *sink, const Call *call)
{
    bool start = is_given(custom_value(call, "start"));
    bool end = is_given(custom_value(call, "end"));
    return start == end ? 0 : custom_invalid(sink, "Both start and end must be specified");
}

/* is_bit: 1 for whatever equals 0 or 1; -1 with an exception. */
static int is_bit(PyObject *value)
{
    int result = 0;
    for (long bit = 0; result == 0 && bit <= 1; bit++) {
        PyObject *number = PyLong_FromLong(bit);
        result = number == NULL ? -1 : PyObject_RichCompareBool(value, number, Py_EQ);
        Py_XDECREF(number);
    }
    return result;
}

/* bitpos only checks. */
static int bitpos(Sink *sink, const Call *call)
{
    int known = is_bit(custom_value(call, "bit"));
    if (known <= 0) {
        return known < 0 ? -1 : custom_invalid(sink, "bit must be 0 or 1");
    }
    bool start = is_given(custom_value(call, "start"));
    bool end = is_given(custom_value(call, "end"));
    return end && !start ? custom_invalid(sink, "start argument is not set, when end is specified")
                         : 0;
}

/* setbit writes 1 for all that is true. */
static int setbit(Sink *sink, const Call *call)
{
    int bit = custom_given(call, "value");
    return bit < 0 ? -1 : sink_number(sink, bit);
}

/* ---- SORT ---- */

static int put_pattern(Sink *sink, PyObject *pattern)
{
    return sink_text(sink, "GET") == 0 ? sink_value(sink, pattern, "get") : -1;
}

/* patterns writes GET before the pattern, or before each of a list of them. */
static int patterns(Sink *sink, const Call *call)
{
    PyObject *get = custom_value(call, "get");
    if (!is_given(get)) {
        return 0;
    }
    int list = call_is_list(get);
    if (list <= 0) {
        return list < 0 ? -1 : put_pattern(sink, get);
    }
    PyObject *own = PySequence_Tuple(get);
    int result = own == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(own); i++) {
        result = put_pattern(sink, PyTuple_GET_ITEM(own, i));
    }
    Py_XDECREF(own);
    return result;
}

/* groups gives the reply's conversion the number of patterns, as it is the size of a group. */
static int groups(Sink *sink, const Call *call)
{
    int wanted = custom_given(call, "groups");
    sink->extra = NULL; /* not the flag itself */
    if (wanted <= 0) {
        return wanted;
    }
    PyObject *get = custom_value(call, "get");
    Py_ssize_t count = is_given(get) ? call_is_list(get) : 0;
    count = count > 0 ? PyObject_Size(get) : count;
    if (count < 2) {
        return count < 0
                   ? -1
                   : custom_invalid(sink, "when using \"groups\" the \"get\" argument must be "
                                          "specified and contain at least two keys");
    }
    PyObject *size = PyLong_FromSsize_t(count);
    sink->extra = size == NULL
                      ? NULL
                      : PyDict_SetDefault(sink->state->group_sizes, size, size); /* borrowed */
    Py_XDECREF(size);
    return sink->extra == NULL ? -1 : 0;
}

/* ---- MIGRATE ---- */

/* no_key writes what stands in the place of the one key, where the keys come last. */
static int no_key(Sink *sink, const Call *call)
{
    (void)call;
    return sink_text(sink, "");
}

/*
 * any_keys only checks. It stands between KEYS and the keys, so that they are not taken to be
 * behind that word always: execute_command may be given the other form, and asks the server where
 * the key is.
 */
static int any_keys(Sink *sink, const Call *call)
{
    PyObject *keys = custom_value(call, "keys");
    bool list = PyList_Check(keys) || PyTuple_Check(keys);
    return list && PySequence_Fast_GET_SIZE(keys) == 0
               ? custom_invalid(sink, "MIGRATE requires at least one key")
               : 0;
}

const CustomName custom_key_names[] = {
    {"bitcount", bitcount}, {"bitpos", bitpos}, {"setbit", setbit},     {"patterns", patterns},
    {"groups", groups},     {"no_key", no_key}, {"any_keys", any_keys}, {NULL, NULL},
};
