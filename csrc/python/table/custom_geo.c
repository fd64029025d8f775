/*
 * custom_geo: arguments of GEOADD and its kin: places, and units.
 */
#include "python/table/custom_internal.h"

/* put_places takes longitude, latitude and name in turn. */
static int put_places(Sink *sink, PyObject *const *values, Py_ssize_t count)
{
    if (count % 3 != 0) {
        return custom_invalid(sink, "GEOADD requires places with lon, lat and name values");
    }
    int result = 0;
    for (Py_ssize_t i = 0; result == 0 && i < count; i++) {
        result = sink_value(sink, values[i], "values");
    }
    return result;
}

/* geoadd takes them by *values, or as one list. */
static int geoadd(Sink *sink, const Call *call)
{
    int nx = custom_given(call, "nx");
    int xx = nx < 0 ? -1 : custom_given(call, "xx");
    if (xx < 0) {
        return -1;
    }
    if (nx && xx) {
        return custom_invalid(sink, "GEOADD allows either 'nx' or 'xx', not both");
    }
    bool list = call->rest_count == 1 && (PyList_Check(*call->rest) || PyTuple_Check(*call->rest));
    if (!list) {
        return put_places(sink, call->rest, call->rest_count);
    }
    PyObject *own = PySequence_Tuple(*call->rest);
    int result =
        own == NULL ? -1 : put_places(sink, &PyTuple_GET_ITEM(own, 0), PyTuple_GET_SIZE(own));
    Py_XDECREF(own);
    return result;
}

static bool is_unit(PyObject *unit)
{
    static const char *const units[] = {"m", "km", "mi", "ft"};
    for (size_t i = 0; PyUnicode_Check(unit) && i < sizeof units / sizeof *units; i++) {
        if (PyUnicode_CompareWithASCIIString(unit, units[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int geodist(Sink *sink, const Call *call)
{
    int given = custom_given(call, "unit");
    PyObject *unit = custom_value(call, "unit");
    if (given <= 0) {
        return given;
    }
    return is_unit(unit) ? sink_value(sink, unit, "unit")
                         : custom_invalid(sink, "GEODIST invalid unit");
}

const CustomName custom_geo_names[] = {{"geoadd", geoadd}, {"geodist", geodist}, {NULL, NULL}};
