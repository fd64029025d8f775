/*
 * custom_sorted_sets: conditions of ZADD, ranges, and keys with weights.
 */
#include "python/base/attribute.h"
#include "python/table/custom_internal.h"

typedef enum ZaddFlag { ZADD_NX, ZADD_XX, ZADD_GT, ZADD_LT, ZADD_INCR, ZADD_FLAGS } ZaddFlag;

static int read_zadd_flags(const Call *call, int flags[ZADD_FLAGS])
{
    static const char *const names[] = {"nx", "xx", "gt", "lt", "incr"};
    for (int i = 0; i < ZADD_FLAGS; i++) {
        flags[i] = custom_given(call, names[i]);
        if (flags[i] < 0) {
            return -1;
        }
    }
    return 0;
}

/* zadd only checks which flags go together; the row's words write them. */
static int zadd(Sink *sink, const Call *call)
{
    int flags[ZADD_FLAGS];
    PyObject *mapping = custom_value(call, "mapping");
    Py_ssize_t count = attribute_sized(mapping) ? PyObject_Size(mapping) : 0;
    if (count < 0) {
        return -1;
    }
    if (count == 0) {
        return custom_invalid(sink, "ZADD requires at least one element/score pair");
    }
    if (read_zadd_flags(call, flags) != 0) {
        return -1;
    }
    if (flags[ZADD_NX] && flags[ZADD_XX]) {
        return custom_invalid(sink, "ZADD allows either 'nx' or 'xx', not both");
    }
    if (flags[ZADD_INCR] && count != 1) {
        return custom_invalid(sink,
                              "ZADD option 'incr' only works when passing a single element/score "
                              "pair");
    }
    if (flags[ZADD_GT] + flags[ZADD_LT] + flags[ZADD_NX] > 1) {
        return custom_invalid(sink, "ZADD allows only one of 'gt', 'lt' and 'nx'");
    }
    return 0;
}

/* ---- ranges ---- */

/* one_order: elements are in the order of ranks, of scores or of names; -1 with an exception. */
static int one_order(Sink *sink, const Call *call, bool *ranks)
{
    int scores = custom_given(call, "byscore");
    int names = scores < 0 ? -1 : custom_given(call, "bylex");
    *ranks = !scores && !names;
    if (names < 0) {
        return -1;
    }
    return scores && names
               ? custom_invalid(sink, "``byscore`` and ``bylex`` can not be specified together.")
               : 0;
}

/* zrange with desc=True is ZREVRANGE, which every server has; ZRANGE ... REV came with 6.2. */
static int zrange(Sink *sink, const Call *call)
{
    bool ranks;
    int desc = one_order(sink, call, &ranks) != 0 ? -1 : custom_given(call, "desc");
    return desc > 0 && ranks ? sink_rename(sink, "ZREVRANGE") : desc < 0 ? -1 : 0;
}

static int zrangestore(Sink *sink, const Call *call)
{
    bool ranks;
    return one_order(sink, call, &ranks);
}

/* rev writes REV for zrange(desc=True), unless the command has become ZREVRANGE. */
static int rev(Sink *sink, const Call *call)
{
    bool ranks;
    int desc = one_order(sink, call, &ranks) != 0 ? -1 : custom_given(call, "desc");
    return desc > 0 && !ranks ? sink_text(sink, "REV") : desc < 0 ? -1 : 0;
}

/* limit writes LIMIT. Where "start" is a rank, the first parameter is called "offset". */
static int limit(Sink *sink, const Call *call)
{
    const char *first_name = custom_value(call, "offset") != NULL ? "offset" : "start";
    PyObject *first = custom_value(call, first_name);
    PyObject *num = custom_value(call, "num");
    if ((first == Py_None) != (num == Py_None)) {
        PyErr_Format(sink->state->data_error, "``%s`` and ``num`` must both be specified",
                     first_name);
        return -1;
    }
    if (first == Py_None) {
        return 0;
    }
    int result = sink_text(sink, "LIMIT");
    result = result == 0 ? sink_value(sink, first, first_name) : -1;
    return result == 0 ? sink_value(sink, num, "num") : -1;
}

/* ---- several sorted sets ---- */

static int put_weights(Sink *sink, PyObject *weights)
{
    int result = sink_text(sink, "WEIGHTS");
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(weights); i++) {
        result = sink_value(sink, PyList_GET_ITEM(weights, i), "keys");
    }
    return result;
}

/* weighted writes a list of keys, or the keys and weights of {key: weight}. */
static int weighted(Sink *sink, const Call *call)
{
    PyObject *given = custom_value(call, "keys");
    if (!PyDict_Check(given)) {
        return call_write_counted(sink, given, "keys") < 0 ? -1 : 0;
    }
    PyObject *keys = PyDict_Keys(given);
    PyObject *weights = keys == NULL ? NULL : PyDict_Values(given);
    int result = weights == NULL || call_write_counted(sink, keys, "keys") < 0 ? -1 : 0;
    result = result == 0 ? put_weights(sink, weights) : -1;
    Py_XDECREF(keys);
    Py_XDECREF(weights);
    return result;
}

/* one_end writes MIN or MAX, the end from which ZMPOP pops. */
static int one_end(Sink *sink, const Call *call)
{
    int lowest = custom_given(call, "min");
    int highest = lowest < 0 ? -1 : custom_given(call, "max");
    if (highest < 0) {
        return -1;
    }
    if (lowest == highest) {
        return custom_invalid(sink, "either 'min' or 'max' must be true, so that it is known from "
                                    "which end to pop");
    }
    return sink_text(sink, lowest ? "MIN" : "MAX");
}

const CustomName custom_sorted_set_names[] = {
    {"zadd", zadd},   {"zrange", zrange},     {"zrangestore", zrangestore}, {"rev", rev},
    {"limit", limit}, {"weighted", weighted}, {"one_end", one_end},         {NULL, NULL},
};
