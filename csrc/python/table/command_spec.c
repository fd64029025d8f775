#include "python/table/command_spec.h"

#define READ SPEC_READ
#define REFUSED SPEC_REFUSED
#define ONE_KEY SPEC_ONE_KEY
#define ONE_SLOT SPEC_ONE_SLOT
#define PAIRS SPEC_PAIRS
#define OPAQUE SPEC_OPAQUE
static const SpecSource sources[SPEC_COUNT] = {
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
    PyObject *key = PyUnicode_FromString(state->specs[number].wire);
    PyObject *value = PyLong_FromLong(number);
    int result = key == NULL || value == NULL ? -1 : 0;
    if (result == 0 && PyDict_SetDefault(state->spec_numbers, key, value) == NULL) {
        result = -1;
    }
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

/* mark_container: OBJECT speaks for OBJECT FREQ only as long as that has no row of its own. */
static int mark_container(State *state, const CommandSpec *spec)
{
    const char *space = strchr(spec->wire, ' ');
    PyObject *name =
        PyUnicode_FromStringAndSize(spec->wire, space == NULL ? 0 : space - spec->wire);
    PyObject *number = name == NULL ? NULL : PyDict_GetItemWithError(state->spec_numbers, name);
    if (number != NULL) {
        state->specs[PyLong_AsLong(number)].container = true;
    }
    Py_XDECREF(name);
    return number == NULL && PyErr_Occurred() ? -1 : 0;
}

int specs_compile(State *state)
{
    state->specs = rc_alloc_zeroed(SPEC_COUNT * sizeof *state->specs);
    state->spec_numbers = PyDict_New();
    state->defaults = PyDict_New();
    if (state->specs == NULL || state->spec_numbers == NULL || state->defaults == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (int i = 0; i < SPEC_COUNT; i++) {
        if (spec_compile(state, &state->specs[i], &sources[i]) != 0 || index_row(state, i) != 0) {
            return -1;
        }
    }
    for (int i = 0; i < SPEC_COUNT; i++) {
        if (mark_container(state, &state->specs[i]) != 0) {
            return -1;
        }
    }
    return 0;
}

int specs_traverse(const State *state, visitproc visit, void *arg)
{
    for (int i = 0; state->specs != NULL && i < SPEC_COUNT; i++) {
        const CommandSpec *spec = &state->specs[i];
        for (int j = 0; j < spec->param_count; j++) {
            Py_VISIT(spec->params[j].fallback);
        }
        for (int j = 0; j < spec->op_count; j++) {
            Py_VISIT(spec->ops[j].python);
        }
        Py_VISIT(spec->python_reply);
        Py_VISIT(spec->python_merge);
    }
    return 0;
}

void specs_free(State *state)
{
    for (int i = 0; state->specs != NULL && i < SPEC_COUNT; i++) {
        spec_free(&state->specs[i]);
    }
    rc_free(state->specs);
    state->specs = NULL;
}

int spec_by_wire_name(State *state, PyObject *name, const CommandSpec **spec)
{
    /* By hand: a look-up of str.upper would cost more than all of this. */
    enum { LONGEST = 64 };
    char upper[LONGEST];
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(name, &length);
    *spec = NULL;
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
    PyObject *number = PyDict_GetItemWithError(state->spec_numbers, key); /* borrowed */
    Py_DECREF(key);
    *spec = number == NULL ? NULL : &state->specs[PyLong_AsLong(number)];
    return number == NULL && PyErr_Occurred() ? -1 : 0;
}

/* ---- the table, for whoever wants to read it ---- */

static const char *const route_names[] = {"key", "split", "cross_slot", "slot",
                                          "any", "nodes", "primaries",  "blocked"};

static PyObject *describe(const CommandSpec *spec, const SpecSource *source)
{
    return Py_BuildValue("{ss,ss,ss,ss,sz,ss,ss,sN,sN,sN,sN,sN,ss,ss,si}", "method", spec->method,
                         "wire", spec->wire, "since", spec->since, "reply", spec->name,
                         "reply_types", reply_types(spec->name), "route", route_names[spec->route],
                         "merge", spec->merge_name, "read",
                         PyBool_FromLong(spec->flags & SPEC_READ), "refused",
                         PyBool_FromLong(spec->flags & SPEC_REFUSED), "one_slot",
                         PyBool_FromLong(spec->flags & SPEC_ONE_SLOT), "opaque",
                         PyBool_FromLong(spec->flags & SPEC_OPAQUE), "blocking",
                         PyBool_FromLong(spec->flags & SPEC_BLOCKING), "parameters",
                         spec->parameters, "encoding", source->encoding, "key_at", spec->key_at);
}

PyObject *specs_describe(State *state)
{
    PyObject *list = PyList_New(0);
    for (int i = 0; list != NULL && i < SPEC_COUNT; i++) {
        PyObject *spec = describe(&state->specs[i], &sources[i]);
        if (spec == NULL || PyList_Append(list, spec) != 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(spec);
    }
    return list;
}
