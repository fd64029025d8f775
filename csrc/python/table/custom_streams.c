/*
 * custom_streams: arguments of XADD, XTRIM and XREAD, and checks of numbers.
 */
#include "python/base/attribute.h"
#include "python/table/custom_internal.h"

/* is_integer: an int, and not below `least`. */
static bool is_integer(PyObject *value, long least)
{
    int overflow = 0;
    long number = PyLong_Check(value) && !PyBool_Check(value)
                      ? PyLong_AsLongAndOverflow(value, &overflow)
                      : least - 1;
    return overflow > 0 || (overflow == 0 && number >= least);
}

/* check_integer raises for anything but an int in range or None. */
static int check_integer(const Sink *sink, const Call *call, const char *param, long least,
                         const char *kind)
{
    PyObject *value = custom_value(call, param);
    if (value == Py_None || is_integer(value, least)) {
        return 0;
    }
    PyErr_Format(sink->state->data_error, "%s %s must be a %s integer", call->spec->wire, param,
                 kind);
    return -1;
}

/* check_filled raises for an empty mapping, and for what is no mapping. */
static int check_filled(const Sink *sink, const Call *call, const char *param, const char *kind)
{
    PyObject *mapping = custom_value(call, param);
    int items = attribute_has(mapping, "items");
    Py_ssize_t size = items > 0 ? PyObject_Size(mapping) : items;
    if (size > 0) {
        return 0;
    }
    if (size == 0) {
        PyErr_Format(sink->state->data_error, "%s %s must be a %s dict", call->spec->wire, param,
                     kind);
    }
    return -1;
}

/* ---- which references and repetitions count ---- */

/* put_policy writes the policy for references of consumer groups (KEEPREF ...), if given. */
static int put_policy(Sink *sink, const Call *call)
{
    static const char *const policies[] = {"KEEPREF", "DELREF", "ACKED"};
    PyObject *policy = custom_value(call, "ref_policy");
    if (policy == Py_None) {
        return 0;
    }
    for (size_t i = 0; PyUnicode_Check(policy) && i < sizeof policies / sizeof *policies; i++) {
        if (PyUnicode_CompareWithASCIIString(policy, policies[i]) == 0) {
            return sink_text(sink, policies[i]);
        }
    }
    PyErr_Format(sink->state->data_error, "%s ref_policy must be one of: KEEPREF, DELREF, ACKED",
                 call->spec->wire);
    return -1;
}

/*
 * put_idempotence writes the producer's id and perhaps the entry's, so that the server adds an
 * entry only once.
 */
static int put_idempotence(Sink *sink, const Call *call)
{
    PyObject *producer = custom_value(call, "idmpauto");
    PyObject *both = custom_value(call, "idmp");
    if (producer != Py_None && both != Py_None) {
        return custom_invalid(sink, "Only one of ``idmpauto`` or ``idmp`` may be specified");
    }
    if (producer != Py_None) {
        return sink_text(sink, "IDMPAUTO") == 0 ? sink_value(sink, producer, "idmpauto") : -1;
    }
    if (both == Py_None) {
        return 0;
    }
    if (!PyTuple_Check(both) || PyTuple_GET_SIZE(both) != 2) {
        return custom_invalid(sink, "XADD idmp must be a tuple of (producer, id)");
    }
    bool written = sink_text(sink, "IDMP") == 0 &&
                   sink_value(sink, PyTuple_GET_ITEM(both, 0), "idmp") == 0 &&
                   sink_value(sink, PyTuple_GET_ITEM(both, 1), "idmp") == 0;
    return written ? 0 : -1;
}

/* ---- length ---- */

static int put_bound(Sink *sink, const Call *call, const char *word, const char *param)
{
    int about = custom_given(call, "approximate");
    int result = about < 0 ? -1 : sink_text(sink, word);
    result = result == 0 && about ? sink_text(sink, "~") : result;
    return result == 0 ? sink_value(sink, custom_value(call, param), param) : -1;
}

/* put_trimming writes how XADD or XTRIM shortens the stream (MAXLEN, MINID, LIMIT). */
static int put_trimming(Sink *sink, const Call *call)
{
    bool maxlen = custom_value(call, "maxlen") != Py_None;
    bool minid = custom_value(call, "minid") != Py_None;
    PyObject *most = custom_value(call, "limit");
    if (maxlen && minid) {
        return custom_invalid(sink, "Only one of ``maxlen`` or ``minid`` may be specified");
    }
    if (!maxlen && !minid) {
        return most == Py_None
                   ? 0
                   : custom_invalid(sink, "``limit`` needs ``maxlen`` or ``minid`` beside it");
    }
    int result = maxlen ? put_bound(sink, call, "MAXLEN", "maxlen")
                        : put_bound(sink, call, "MINID", "minid");
    if (result == 0 && most != Py_None) {
        result = sink_text(sink, "LIMIT") == 0 ? sink_value(sink, most, "limit") : -1;
    }
    return result;
}

/* xadd writes what stands before the id, and checks the fields. */
static int xadd(Sink *sink, const Call *call)
{
    if (check_integer(sink, call, "maxlen", 1, "positive") != 0 ||
        check_filled(sink, call, "fields", "non-empty") != 0) {
        return -1;
    }
    return put_policy(sink, call) == 0 && put_idempotence(sink, call) == 0
               ? put_trimming(sink, call)
               : -1;
}

static int xtrim(Sink *sink, const Call *call)
{
    if (custom_value(call, "maxlen") == Py_None && custom_value(call, "minid") == Py_None) {
        return custom_invalid(sink, "One of ``maxlen`` or ``minid`` must be specified");
    }
    return put_trimming(sink, call) == 0 ? put_policy(sink, call) : -1;
}

/* ---- reading ---- */

/* xread only checks its arguments; the row's words write them. */
static int xread(Sink *sink, const Call *call)
{
    if (check_integer(sink, call, "block", 0, "non-negative") != 0 ||
        check_integer(sink, call, "count", 1, "positive") != 0) {
        return -1;
    }
    return check_filled(sink, call, "streams", "non empty");
}

static int put_streams(Sink *sink, PyObject *names, PyObject *ids)
{
    int result = 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(names); i++) {
        result = sink_key(sink, PyList_GET_ITEM(names, i), "streams");
    }
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(ids); i++) {
        result = sink_value(sink, PyList_GET_ITEM(ids, i), "streams");
    }
    return result;
}

/* streams writes all names, and then all ids, of {name: id}. */
static int streams(Sink *sink, const Call *call)
{
    PyObject *given = custom_value(call, "streams");
    PyObject *names = PyMapping_Keys(given);
    PyObject *ids = names == NULL ? NULL : PyMapping_Values(given);
    int result = -1;
    if (ids != NULL && PyList_GET_SIZE(names) != PyList_GET_SIZE(ids)) {
        custom_invalid(sink, "'streams' has not as many ids as names");
    } else if (ids != NULL) {
        result = put_streams(sink, names, ids);
    }
    Py_XDECREF(names);
    Py_XDECREF(ids);
    return result;
}

/* ---- numbers ---- */

static int count(Sink *sink, const Call *call)
{
    PyObject *most = custom_value(call, "count");
    if (check_integer(sink, call, "count", 1, "positive") != 0) {
        return -1;
    }
    if (most == Py_None) {
        return 0;
    }
    return sink_text(sink, "COUNT") == 0 ? sink_value(sink, most, "count") : -1;
}

static int min_idle_time(Sink *sink, const Call *call)
{
    PyObject *least = custom_value(call, "min_idle_time");
    if (check_integer(sink, call, "min_idle_time", 0, "non negative") != 0) {
        return -1;
    }
    return sink_value(sink, least, "min_idle_time");
}

const CustomName custom_stream_names[] = {
    {"xadd", xadd},       {"xtrim", xtrim}, {"xread", xread},
    {"streams", streams}, {"count", count}, {"min_idle_time", min_idle_time},
    {NULL, NULL},
};
