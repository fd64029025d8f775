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
    /* Written out, because the call of str.upper would cost more than all of this. */
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

/* ---- the compiled rows, for whoever wants to read them ---- */

const char *const time_unit_names[TIME_UNITS] = {"", "s", "ms", "unix", "unixms"};

static const char *const route_names[] = {"key", "split", "cross_slot", "slot",
                                          "any", "nodes", "primaries",  "blocked"};

static const char *const kind_names[] = {
    [OP_VALUE] = "value",     [OP_OPTIONAL] = "optional", [OP_VALUES] = "values",
    [OP_LIST] = "list",       [OP_PAIRS] = "pairs",       [OP_SCORES] = "scores",
    [OP_LITERAL] = "literal", [OP_OPTION] = "option",     [OP_FLAG] = "flag",
    [OP_COUNT] = "count",     [OP_COUNTED] = "counted",   [OP_COUNTED_VALUES] = "counted_values",
    [OP_SLOT] = "slot",       [OP_NODE] = "node",         [OP_EXTRA] = "extra",
    [OP_CUSTOM] = "custom",   [OP_PYTHON] = "python"};

_Static_assert(sizeof kind_names / sizeof *kind_names == OP_PYTHON + 1, "each kind has a name");

/* append takes over the item; NULL: an exception is set. */
static int append(PyObject *list, PyObject *item)
{
    int result = item == NULL ? -1 : PyList_Append(list, item);
    Py_XDECREF(item);
    return result;
}

static PyObject *describe_param(const Param *param, const char *kind, const SpecSource *source)
{
    PyObject *dict = Py_BuildValue("{sO,ss,sz#}", "name", param->name, "kind", kind, "type",
                                   param->type == 0 ? NULL : source->params + param->type,
                                   (Py_ssize_t)param->type_length);
    if (dict != NULL && param->fallback != NULL &&
        PyDict_SetItemString(dict, "default", param->fallback) != 0) {
        Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *describe_params(const CommandSpec *spec, const SpecSource *source)
{
    PyObject *list = PyList_New(0);
    int result = list == NULL ? -1 : 0;
    for (int i = 0; result == 0 && i < spec->param_count; i++) {
        const char *kind = i < spec->positional ? "positional" : "keyword";
        if (i == spec->positional && spec->varargs) {
            result = append(list, describe_param(&spec->rest, "args", source));
        }
        result = result == 0 ? append(list, describe_param(&spec->params[i], kind, source)) : -1;
    }
    if (result == 0 && spec->varargs && spec->positional == spec->param_count) {
        result = append(list, describe_param(&spec->rest, "args", source));
    }
    if (result == 0 && spec->targeted) {
        result = append(list, Py_BuildValue("{ss,ss,ss,sO}", "name", "target_nodes", "kind",
                                            "keyword", "type", "_Target", "default", Py_None));
    }
    if (result == 0 && spec->kwargs) {
        result = append(list, describe_param(&spec->keywords, "kwargs", source));
    }
    if (result != 0) {
        Py_CLEAR(list);
    }
    return list;
}

static PyObject *describe_op(const CommandSpec *spec, const Op *op)
{
    const char *param = op->param < spec->param_count ? spec->params[op->param].text : NULL;
    return Py_BuildValue("{ss,sz,sz,sN,sN,ss,si}", "kind", kind_names[op->kind], "word", op->word,
                         "param", param, "key", PyBool_FromLong(op->key), "counted",
                         PyBool_FromLong(op->counted), "unit", time_unit_names[op->unit], "option",
                         op->option);
}

static PyObject *describe_ops(const CommandSpec *spec)
{
    PyObject *list = PyList_New(0);
    for (int i = 0; list != NULL && i < spec->op_count; i++) {
        if (append(list, describe_op(spec, &spec->ops[i])) != 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *describe(const CommandSpec *spec)
{
    return Py_BuildValue("{ss,ss,ss,ss,sz,ss,ss,sN,sN,sN,sN,sN,si}", "method", spec->method, "wire",
                         spec->wire, "since", spec->since, "reply", spec->name, "reply_types",
                         reply_types(spec->name), "route", route_names[spec->route], "merge",
                         spec->merge_name, "read", PyBool_FromLong(spec->flags & SPEC_READ),
                         "refused", PyBool_FromLong(spec->flags & SPEC_REFUSED), "one_slot",
                         PyBool_FromLong(spec->flags & SPEC_ONE_SLOT), "opaque",
                         PyBool_FromLong(spec->flags & SPEC_OPAQUE), "blocking",
                         PyBool_FromLong(spec->flags & SPEC_BLOCKING), "key_at", spec->key_at);
}

/* add_compiled adds what the row's parameters and encoding were compiled to. */
static int add_compiled(PyObject *dict, const CommandSpec *spec, const SpecSource *source)
{
    PyObject *params = describe_params(spec, source);
    PyObject *ops = params == NULL ? NULL : describe_ops(spec);
    int result = ops == NULL || PyDict_SetItemString(dict, "params", params) != 0 ||
                         PyDict_SetItemString(dict, "ops", ops) != 0
                     ? -1
                     : 0;
    Py_XDECREF(params);
    Py_XDECREF(ops);
    return result;
}

PyObject *specs_describe(State *state, bool compiled)
{
    PyObject *list = PyList_New(0);
    for (int i = 0; list != NULL && i < SPEC_COUNT; i++) {
        const CommandSpec *spec = &state->specs[i];
        PyObject *dict = describe(spec);
        if (dict != NULL && compiled && add_compiled(dict, spec, &sources[i]) != 0) {
            Py_CLEAR(dict);
        }
        if (append(list, dict) != 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}
