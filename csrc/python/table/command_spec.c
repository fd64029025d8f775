#include "python/table/command_spec.h"

#define READ ROW_READ
#define REFUSED ROW_REFUSED
#define ONE_KEY ROW_ONE_KEY
#define ONE_SLOT ROW_ONE_SLOT
#define PAIRS ROW_PAIRS
#define OPAQUE ROW_OPAQUE
static const RowSource sources[ROW_COUNT] = {
#define COMMAND(method, wire, since, reply, route, merge, flags, params, encoding, doc)            \
    {#method, wire, since, reply, ROUTE_##route, merge, flags, params, encoding, doc},
#include "python/table/commands.def"
#undef COMMAND
};
#undef READ
#undef REFUSED
#undef ONE_KEY
#undef ONE_SLOT
#undef PAIRS
#undef OPAQUE

/* index_row: the first row of a wire name speaks for it (INCRBY: incr and incrby are alike). */
static int index_row(State *state, int number)
{
    PyObject *key = PyUnicode_FromString(state->rows[number].wire);
    PyObject *value = PyLong_FromLong(number);
    int result = key == NULL || value == NULL ? -1 : 0;
    if (result == 0 && PyDict_SetDefault(state->row_numbers, key, value) == NULL) {
        result = -1;
    }
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

/* mark_container: OBJECT speaks for OBJECT FREQ only as long as that has no row of its own. */
static int mark_container(State *state, const Row *row)
{
    const char *space = strchr(row->wire, ' ');
    PyObject *name = PyUnicode_FromStringAndSize(row->wire, space == NULL ? 0 : space - row->wire);
    PyObject *number = name == NULL ? NULL : PyDict_GetItemWithError(state->row_numbers, name);
    if (number != NULL) {
        state->rows[PyLong_AsLong(number)].container = true;
    }
    Py_XDECREF(name);
    return number == NULL && PyErr_Occurred() ? -1 : 0;
}

int rows_compile(State *state)
{
    state->rows = rc_alloc_zeroed(ROW_COUNT * sizeof *state->rows);
    state->row_numbers = PyDict_New();
    state->defaults = PyDict_New();
    if (state->rows == NULL || state->row_numbers == NULL || state->defaults == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int i = 0; i < ROW_COUNT; i++) {
        if (row_compile(state, &state->rows[i], &sources[i]) != 0 || index_row(state, i) != 0) {
            return -1;
        }
    }
    for (int i = 0; i < ROW_COUNT; i++) {
        if (mark_container(state, &state->rows[i]) != 0) {
            return -1;
        }
    }
    return 0;
}

int rows_traverse(const State *state, visitproc visit, void *arg)
{
    for (int i = 0; state->rows != NULL && i < ROW_COUNT; i++) {
        const Row *row = &state->rows[i];
        for (int j = 0; j < row->param_count; j++) {
            Py_VISIT(row->params[j].fallback);
        }
        for (int j = 0; j < row->op_count; j++) {
            Py_VISIT(row->ops[j].python);
        }
        Py_VISIT(row->python_reply);
        Py_VISIT(row->python_merge);
    }
    return 0;
}

void rows_free(State *state)
{
    for (int i = 0; state->rows != NULL && i < ROW_COUNT; i++) {
        row_free(&state->rows[i]);
    }
    rc_free(state->rows);
    state->rows = NULL;
}

int row_by_wire_name(State *state, PyObject *name, const Row **row)
{
    /* By hand: a look-up of str.upper would cost more than all of this. */
    enum { LONGEST = 64 };
    char upper[LONGEST];
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(name, &length);
    *row = NULL;
    if (text == NULL || length > LONGEST) {
        return text == NULL ? -1 : 0;
    }
    for (Py_ssize_t i = 0; i < length; i++) {
        upper[i] = (char)Py_TOUPPER(text[i]);
    }
    PyObject *key = PyUnicode_DecodeUTF8(upper, length, "replace");
    if (key == NULL) {
        return -1;
    }
    PyObject *number = PyDict_GetItemWithError(state->row_numbers, key); /* borrowed */
    Py_DECREF(key);
    *row = number == NULL ? NULL : &state->rows[PyLong_AsLong(number)];
    return number == NULL && PyErr_Occurred() ? -1 : 0;
}

/* ---- the table, for whoever wants to read it ---- */

static const char *const route_names[] = {"key", "split", "across",    "slot",
                                          "any", "nodes", "primaries", "blocked"};

static PyObject *describe(const Row *row, const RowSource *source)
{
    return Py_BuildValue("{ss,ss,ss,ss,sz,ss,ss,sN,sN,sN,sN,sN,ss,ss,si}", "method", row->method,
                         "wire", row->wire, "since", row->since, "reply", row->name, "reply_types",
                         reply_types(row->name), "route", route_names[row->route], "merge",
                         row->merge_name, "read", PyBool_FromLong(row->flags & ROW_READ), "refused",
                         PyBool_FromLong(row->flags & ROW_REFUSED), "one_slot",
                         PyBool_FromLong(row->flags & ROW_ONE_SLOT), "opaque",
                         PyBool_FromLong(row->flags & ROW_OPAQUE), "blocking",
                         PyBool_FromLong(row->flags & ROW_BLOCKING), "parameters", row->parameters,
                         "encoding", source->encoding, "key_at", row->key_at);
}

PyObject *rows_describe(State *state)
{
    PyObject *list = PyList_New(0);
    for (int i = 0; list != NULL && i < ROW_COUNT; i++) {
        PyObject *row = describe(&state->rows[i], &sources[i]);
        if (row == NULL || PyList_Append(list, row) != 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(row);
    }
    return list;
}
