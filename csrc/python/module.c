/*
 * module: creates rediscluster_c._core, once per interpreter.
 */
#include "python/reply/reply_convert.h"
#include "python/table/cluster_options.h"
#include "python/table/command_spec.h"
#include "python/types/client.h"
#include "python/types/cluster.h"
#include "python/types/pipeline.h"
#include "python/types/session.h"

#include "core/base/host.h"

static int get_state_of(PyObject *module, State **state)
{
    *state = PyModule_GetState(module);
    return *state == NULL ? -1 : 0;
}

State *state_of_type(PyTypeObject *type)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *module =
            PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE) ? PyType_GetModule(base) : NULL;
        if (module != NULL && PyModule_GetDef(module) == &rc_module_definition) {
            return PyModule_GetState(module);
        }
        PyErr_Clear(); /* that base belongs to no module, or to another */
    }
    PyErr_Format(PyExc_TypeError, "%s is no type of rediscluster_c", type->tp_name);
    return NULL;
}

/* ---- making ---- */

static int import_exceptions(State *state)
{
    PyObject *module = PyImport_ImportModule("rediscluster_c.exceptions");
    if (module == NULL) {
        return -1;
    }
    state->from_reply = PyObject_GetAttrString(module, "from_reply");
    state->from_failure = PyObject_GetAttrString(module, "from_failure");
    state->annotate = PyObject_GetAttrString(module, "annotate");
    state->data_error = PyObject_GetAttrString(module, "DataError");
    state->cluster_exception = PyObject_GetAttrString(module, "RedisClusterException");
    Py_DECREF(module);
    bool whole = state->from_reply != NULL && state->from_failure != NULL &&
                 state->annotate != NULL && state->data_error != NULL &&
                 state->cluster_exception != NULL;
    return whole ? 0 : -1;
}

static PyTypeObject *make_type(PyObject *module, PyType_Spec *spec, PyTypeObject *base)
{
    PyObject *bases = base == NULL ? NULL : PyTuple_Pack(1, base);
    if (base != NULL && bases == NULL) {
        return NULL;
    }
    PyObject *type = PyType_FromModuleAndSpec(module, spec, bases);
    Py_XDECREF(bases);
    if (type != NULL && PyModule_AddType(module, (PyTypeObject *)type) != 0) {
        Py_CLEAR(type);
    }
    return (PyTypeObject *)type;
}

static int make_types(PyObject *module, State *state)
{
    state->cluster_type = make_type(module, &cluster_object_spec, NULL);
    state->client_type = make_type(module, &client_spec, NULL);
    if (state->cluster_type == NULL || state->client_type == NULL ||
        client_add_methods(state) != 0) {
        return -1;
    }
    state->pipeline_type = make_type(module, &pipeline_spec, state->client_type);
    state->session_type = make_type(module, &session_object_spec, NULL);
    return state->pipeline_type == NULL || state->session_type == NULL ? -1 : 0;
}

/* wants_heap_kept is false when the environment refuses: malloc serves the whole process. */
static bool wants_heap_kept(void)
{
    const char *said = getenv("REDISCLUSTER_C_KEEP_HEAP");
    return said == NULL || strcmp(said, "0") != 0;
}

/*
 * keep_heap allocates and frees one large block. Until glibc has seen one, it returns the top of
 * the heap to the system whenever 128 KiB of it are free. Replies of some 100 KB would then cost a
 * page fault for every 4 KiB in every call. The effect holds for the whole process, and lasts.
 */
static void keep_heap(void)
{
#ifdef __GLIBC__
    if (wants_heap_kept()) {
        void *volatile block = malloc(4 * 1024 * 1024); /* volatile: compilers remove both calls */
        free(block);
    }
#endif
}

static int module_exec(PyObject *module)
{
    State *state;
    keep_heap();
    if (get_state_of(module, &state) != 0 || import_exceptions(state) != 0) {
        return -1;
    }
    state->execute_command = PyUnicode_InternFromString("execute_command");
    state->group_sizes = PyDict_New();
    state->replies_module = PyImport_ImportModule("rediscluster_c._commands.replies");
    state->arguments_module = PyImport_ImportModule("rediscluster_c._commands.arguments");
    if (state->execute_command == NULL || state->group_sizes == NULL ||
        state->replies_module == NULL || state->arguments_module == NULL ||
        specs_compile(state) != 0) {
        return -1;
    }
    return make_types(module, state);
}

/* ---- ending ---- */

/* Each member that is an object, so that traverse and clear cannot forget one. */
#define FOR_EACH_OBJECT(X)                                                                         \
    X(cluster_type)                                                                                \
    X(client_type)                                                                                 \
    X(session_type)                                                                                \
    X(pipeline_type)                                                                               \
    X(from_reply)                                                                                  \
    X(from_failure)                                                                                \
    X(default_callbacks)                                                                           \
    X(annotate)                                                                                    \
    X(data_error)                                                                                  \
    X(cluster_exception)                                                                           \
    X(replies_module)                                                                              \
    X(arguments_module)                                                                            \
    X(execute_command)                                                                             \
    X(defaults)                                                                                    \
    X(spec_numbers)                                                                                \
    X(group_sizes)

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state;
    if (get_state_of(module, &state) != 0) {
        return 0;
    }
#define X(member) Py_VISIT(state->member);
    FOR_EACH_OBJECT(X)
#undef X
    return specs_traverse(state, visit, arg);
}

static int module_clear(PyObject *module)
{
    State *state;
    if (get_state_of(module, &state) != 0) {
        return 0;
    }
#define X(member) Py_CLEAR(state->member);
    FOR_EACH_OBJECT(X)
#undef X
    return 0;
}

static void module_free(void *module)
{
    State *state;
    if (get_state_of(module, &state) == 0) {
        module_clear(module);
        specs_free(state);
    }
}

/* ---- functions ---- */

static PyObject *key_slot(PyObject *module, PyObject *key)
{
    (void)module;
    Py_buffer view;
    if (PyObject_GetBuffer(key, &view, PyBUF_SIMPLE) != 0) {
        return NULL;
    }
    uint16_t slot = rc_key_slot(view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    return PyLong_FromLong(slot);
}

static PyObject *is_host(PyObject *module, PyObject *text)
{
    (void)module;
    Py_ssize_t length;
    const char *host = PyUnicode_AsUTF8AndSize(text, &length);
    if (host == NULL && PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
        PyErr_Clear(); /* half a surrogate pair is no part of a host */
        Py_RETURN_FALSE;
    }
    return host == NULL ? NULL : PyBool_FromLong(rc_host_is_valid(host, (size_t)length));
}

static PyObject *commands(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"compiled", NULL};
    int compiled = false;
    return PyArg_ParseTupleAndKeywords(args, kwargs, "|$p:commands", names, &compiled)
               ? specs_describe(PyModule_GetState(module), compiled)
               : NULL;
}

static PyObject *options(PyObject *module, PyObject *ignored)
{
    (void)module;
    (void)ignored;
    return cluster_options_describe();
}

static PyObject *convert(PyObject *module, PyObject *args)
{
    return reply_convert(PyModule_GetState(module), args);
}

static PyMethodDef functions[] = {
    {"key_slot", key_slot, METH_O,
     "key_slot($module, key, /)\n--\n\nReturn the hash slot of a key given as bytes (int)."},
    {"is_host", is_host, METH_O,
     "is_host($module, text, /)\n--\n\nReturn whether a server may name this as a node's host."},
    {"commands", (PyCFunction)(void (*)(void))commands, METH_VARARGS | METH_KEYWORDS,
     "commands($module, /, *, compiled=False)\n--\n\n"
     "Return the command table: a list of dicts, one per row.\n\n"
     "*compiled*: with \"params\" (name, kind, type, default) and \"ops\", what the row's "
     "parameters\n"
     "and encoding were compiled to."},
    {"options", options, METH_NOARGS,
     "options($module)\n--\n\nReturn the keywords of Cluster(): {name: type, as the stub says "
     "it}."},
    {"convert", convert, METH_VARARGS,
     "convert($module, name, data, decode=False, options=0, extra=None, /)\n--\n\n"
     "Return what a row whose reply is *name* makes of *data*, one reply in RESP.\n\n"
     "*options* are the bits that the row's words set; *extra* is what score_cast_func is."},
    {0},
};

static PyModuleDef_Slot slots[] = {{Py_mod_exec, module_exec}, {0}};

struct PyModuleDef rc_module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "rediscluster_c._core",
    .m_doc = "The C core of rediscluster_c: types, and the command table.",
    .m_size = sizeof(State),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&rc_module_definition);
}
