/*
 * client_type: the type Client, with a method for every row of commands.def.
 *
 * Real methods, not a __getattr__: help(), inspect.signature(), overriding and super() work. Each
 * is a trampoline that only adds its row's number.
 */
#include "python/types/client_type.h"

#include "python/run/dispatch.h"

#include <structmember.h>

#define COMMAND(method, ...)                                                                       \
    static PyObject *call_##method(PyObject *self, PyObject *const *args, Py_ssize_t nargs,        \
                                   PyObject *kwnames)                                              \
    {                                                                                              \
        return dispatch_method((Client *)self, ROW_##method, args, nargs, kwnames);                \
    }
#include "python/table/commands.def"
#undef COMMAND

#define KEYWORDS(function) (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS
#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS

typedef PyObject *(*Trampoline)(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames);

static const Trampoline trampolines[ROW_COUNT] = {
#define COMMAND(method, ...) call_##method,
#include "python/table/commands.def"
#undef COMMAND
};

static int add_method(State *state, int number)
{
    PyMethodDef *definition = &state->rows[number].definition;
    definition->ml_meth = (PyCFunction)(void (*)(void))trampolines[number];
    definition->ml_flags = METH_FASTCALL | METH_KEYWORDS;
    PyObject *method = PyDescr_NewMethod(state->client_type, definition);
    int result = method == NULL ? -1
                                : PyObject_SetAttrString((PyObject *)state->client_type,
                                                         definition->ml_name, method);
    Py_XDECREF(method);
    return result;
}

int client_type_add_methods(State *state)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        if (add_method(state, i) != 0) {
            return -1;
        }
    }
    return 0;
}

static PyMethodDef methods[] = {
    {"execute_command", FAST(dispatch_arguments),
     "execute_command($self, /, *args, **options)\n--\n\n"
     "Run the command whose name and arguments are given; on a pipeline, queue it.\n\n"
     "The reply is converted as the command's own method does, if it has one, with that method's\n"
     "options as keywords. *target_nodes*: the nodes to send it to. *NEVER_DECODE* (whatever it\n"
     "is): the reply as bytes, past the response callbacks. *read_from_replicas* (False): a read\n"
     "goes to the primary whatever the client does. *command_timeout*: seconds for all of this "
     "call\n"
     "(None: any time), in the place of the client's own; not on a pipeline."},
    {"set_response_callback", KEYWORDS(client_set_response_callback),
     "set_response_callback($self, command, callback)\n--\n\n"
     "Let callback(reply) convert the replies of *command*, on this client only."},
    {"set_result_callback", KEYWORDS(client_set_result_callback),
     "set_result_callback($self, command, callback)\n--\n\n"
     "Let callback(command, {node name: reply}) merge what several nodes answer to *command*."},
    {0},
};

static PyMemberDef members[] = {
    {"connection_pool", T_OBJECT_EX, offsetof(Client, pool), READONLY,
     "The connections, nodes and slot table; shared with the pipelines."},
    {"_response_callbacks", T_OBJECT_EX, offsetof(Client, response_callbacks), READONLY,
     "{command: callback} of set_response_callback; the table's own may stand there as well."},
    {"_node_flags", T_OBJECT, offsetof(Client, node_flags), 0,
     "{command: flag} of this client, or None: as the table says."},
    {"result_callbacks", T_OBJECT_EX, offsetof(Client, result_callbacks), READONLY,
     "{command: callback} of set_result_callback."},
    {"bounds_waits", T_BOOL, offsetof(Client, bounds_waits), 0,
     "Whether command_timeout bounds what a command blocks for as well."},
    {0},
};

static PyGetSetDef getset[] = {
    {"read_from_replicas", client_get_read_policy, client_set_read_policy,
     "Where commands that only read go: False, to the primary; True or 'random', to any node of "
     "the\n"
     "slot; 'round_robin', to all of them in turn; 'lowest_latency', to the one that answered\n"
     "fastest lately; 'prefer_replica', to a replica, and to the primary if none can be read from.",
     NULL},
    {"command_timeout", client_get_timeout, client_set_timeout,
     "Seconds that a call may take, all waits and tries included, or None. A command that blocks\n"
     "(BLPOP, ...) has its own time beside, unless bounds_waits is true.",
     NULL},
    {0},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Runs commands on a cluster."},
    {Py_tp_new, client_new},
    {Py_tp_init, client_init},
    {Py_tp_dealloc, client_dealloc},
    {Py_tp_traverse, client_traverse},
    {Py_tp_clear, client_clear},
    {Py_tp_setattro, client_setattro},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, getset},
    {0},
};

PyType_Spec client_spec = {
    .name = "rediscluster_c._core.Client",
    .basicsize = sizeof(Client),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
