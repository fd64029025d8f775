#include "python/types/client.h"

#include "python/run/cluster_call.h"
#include "python/run/dispatch.h"

#include <structmember.h>

/* ---- where reads go ---- */

static const char *const policies[] = {[RC_READ_RANDOM] = "random",
                                       [RC_READ_ROUND_ROBIN] = "round_robin",
                                       [RC_READ_LOWEST_LATENCY] = "lowest_latency",
                                       [RC_READ_REPLICA] = "prefer_replica"};

static PyObject *client_get_read_policy(PyObject *object, void *ignored)
{
    (void)ignored;
    rc_read_policy policy = ((Client *)object)->read_policy;
    if (policy == RC_READ_PRIMARY || policy == RC_READ_RANDOM) {
        return PyBool_FromLong(policy != RC_READ_PRIMARY);
    }
    return PyUnicode_FromString(policies[policy]);
}

static int set_named_policy(Client *self, PyObject *name)
{
    for (int policy = RC_READ_RANDOM; policy <= RC_READ_REPLICA; policy++) {
        if (PyUnicode_CompareWithASCIIString(name, policies[policy]) == 0) {
            self->read_policy = (rc_read_policy)policy;
            return 0;
        }
    }
    PyErr_Format(PyExc_ValueError,
                 "read_from_replicas must be True, False, 'random', 'round_robin', "
                 "'lowest_latency' or 'prefer_replica', not %R",
                 name);
    return -1;
}

static int client_set_read_policy(PyObject *object, PyObject *value, void *ignored)
{
    (void)ignored;
    Client *self = (Client *)object;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "read_from_replicas cannot be deleted");
        return -1;
    }
    if (PyUnicode_Check(value)) {
        return set_named_policy(self, value);
    }
    int replicas = PyObject_IsTrue(value);
    if (replicas >= 0) {
        self->read_policy = replicas ? RC_READ_RANDOM : RC_READ_PRIMARY;
    }
    return replicas < 0 ? -1 : 0;
}

/* ---- life ---- */

static PyObject *client_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    State *state = state_of_type(type);
    Client *self = state == NULL ? NULL : (Client *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->state = state;
        self->timeout = -1;
        self->pipeline = PyType_IsSubtype(type, state->pipeline_type);
    }
    return (PyObject *)self;
}

/* copy_callbacks takes a dict, None or NULL; new reference. */
static PyObject *copy_callbacks(PyObject *given)
{
    if (given == NULL || given == Py_None) {
        return PyDict_New();
    }
    if (!PyDict_Check(given)) {
        PyErr_Format(PyExc_TypeError, "callbacks must be a dict, not '%s'",
                     Py_TYPE(given)->tp_name);
        return NULL;
    }
    return PyDict_Copy(given);
}

/* check_new fails after a first __init__: another thread may be using what that has set. */
static int check_new(const Client *self)
{
    if (self->pool != NULL) {
        PyErr_Format(PyExc_TypeError, "%s.__init__() was called twice", Py_TYPE(self)->tp_name);
        return -1;
    }
    return 0;
}

static int client_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"connection_pool", "result_callbacks", "response_callbacks",
                            "read_from_replicas", NULL};
    Client *self = (Client *)object;
    PyObject *pool;
    PyObject *results = NULL;
    PyObject *responses = NULL;
    PyObject *policy = Py_False;
    if (check_new(self) != 0 ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "O!|OOO", names, self->state->cluster_type,
                                     &pool, &results, &responses, &policy)) {
        return -1;
    }
    if (((ClusterObject *)pool)->cluster == NULL) {
        PyErr_SetString(PyExc_ValueError, "the connection pool is not initialised");
        return -1;
    }
    results = copy_callbacks(results);
    responses = copy_callbacks(responses);
    /* The policy's own code, or a finalizer, may have called this function again. */
    if (results == NULL || responses == NULL || client_set_read_policy(object, policy, NULL) != 0 ||
        check_new(self) != 0) {
        Py_XDECREF(results);
        Py_XDECREF(responses);
        return -1;
    }
    self->result_callbacks = results;
    self->response_callbacks = responses;
    Py_INCREF(pool);
    self->pool = (ClusterObject *)pool;
    return 0;
}

int client_traverse(PyObject *object, visitproc visit, void *arg)
{
    Client *self = (Client *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->pool);
    Py_VISIT(self->response_callbacks);
    Py_VISIT(self->result_callbacks);
    Py_VISIT(self->node_flags);
    return 0;
}

int client_clear(PyObject *object)
{
    Client *self = (Client *)object;
    Py_CLEAR(self->pool);
    Py_CLEAR(self->response_callbacks);
    Py_CLEAR(self->result_callbacks);
    Py_CLEAR(self->node_flags);
    return 0;
}

static void client_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    client_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

int client_ready(const Client *self)
{
    if (self->pool == NULL) {
        PyErr_Format(PyExc_RuntimeError, "%s.__init__() was not called", Py_TYPE(self)->tp_name);
        return -1;
    }
    return 0;
}

/* ---- how long a call may take ---- */

static PyObject *client_get_timeout(PyObject *object, void *ignored)
{
    (void)ignored;
    rc_msec timeout = ((Client *)object)->timeout;
    if (timeout < 0) {
        Py_RETURN_NONE;
    }
    return PyFloat_FromDouble((double)timeout / 1000);
}

static int client_set_timeout(PyObject *object, PyObject *value, void *ignored)
{
    (void)ignored;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "command_timeout cannot be deleted");
        return -1;
    }
    rc_msec timeout;
    if (argument_timeout(value, "command_timeout", &timeout) != 0) {
        return -1;
    }
    ((Client *)object)->timeout = timeout;
    return 0;
}

rc_msec client_deadline(const Client *self, rc_msec timeout, const rc_batch *batch)
{
    if (timeout == 0 && self->timeout < 0) {
        return RC_NEVER; /* nearly always */
    }
    if (timeout != 0) {
        return rc_deadline(timeout);
    }
    return rc_deadline(self->bounds_waits ? self->timeout
                                          : rc_batch_patience(batch, self->timeout));
}

/* ---- running ---- */

int client_run(Client *self, rc_batch *batch, rc_msec deadline)
{
    batch->read_policy = self->read_policy;
    return cluster_call_execute(self->pool, batch, deadline);
}

Conversion client_conversion(const Client *self, const rc_batch *batch)
{
    return (Conversion){.state = self->state,
                        .codec = &self->pool->codec,
                        .callbacks = self->response_callbacks,
                        .batch = batch,
                        .cluster = self->pool->cluster};
}

static int client_setattro(PyObject *object, PyObject *name, PyObject *value)
{
    Client *self = (Client *)object;
    int result = PyObject_GenericSetAttr(object, name, value);
    if (result == 0 && PyUnicode_Compare(name, self->state->execute_command) == 0) {
        self->patched = value != NULL;
    }
    return result;
}

/* ---- callbacks ---- */

static PyObject *set_callback(PyObject **callbacks, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"command", "callback", NULL};
    PyObject *command;
    PyObject *callback;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO", names, &command, &callback)) {
        return NULL;
    }
    /* Checked now: otherwise it would fail when the command has already run. */
    if (!PyCallable_Check(callback)) {
        PyErr_Format(PyExc_TypeError, "the callback must be callable, not '%s'",
                     Py_TYPE(callback)->tp_name);
        return NULL;
    }
    PyObject *name = PyObject_CallMethod(command, "upper", NULL);
    int result = name == NULL ? -1 : PyDict_SetItem(*callbacks, name, callback);
    Py_XDECREF(name);
    if (result != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *client_set_response_callback(PyObject *object, PyObject *args, PyObject *kwargs)
{
    Client *self = (Client *)object;
    return client_ready(self) == 0 ? set_callback(&self->response_callbacks, args, kwargs) : NULL;
}

static PyObject *client_set_result_callback(PyObject *object, PyObject *args, PyObject *kwargs)
{
    Client *self = (Client *)object;
    return client_ready(self) == 0 ? set_callback(&self->result_callbacks, args, kwargs) : NULL;
}

/* ---- the type ---- */

#define COMMAND(method, ...)                                                                       \
    static PyObject *call_##method(PyObject *self, PyObject *const *args, Py_ssize_t nargs,        \
                                   PyObject *kwnames)                                              \
    {                                                                                              \
        return dispatch_method((Client *)self, SPEC_##method, args, nargs, kwnames);               \
    }
#include "python/table/commands.def"
#undef COMMAND

#define KEYWORDS(function) (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS
#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS

typedef PyObject *(*Trampoline)(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames);

static const Trampoline trampolines[SPEC_COUNT] = {
#define COMMAND(method, ...) call_##method,
#include "python/table/commands.def"
#undef COMMAND
};

static int add_method(State *state, int number)
{
    PyMethodDef *definition = &state->specs[number].definition;
    definition->ml_meth = (PyCFunction)(void (*)(void))trampolines[number];
    definition->ml_flags = METH_FASTCALL | METH_KEYWORDS;
    PyObject *method = PyDescr_NewMethod(state->client_type, definition);
    int result = method == NULL ? -1
                                : PyObject_SetAttrString((PyObject *)state->client_type,
                                                         definition->ml_name, method);
    Py_XDECREF(method);
    return result;
}

int client_add_methods(State *state)
{
    for (int i = 0; i < SPEC_COUNT; i++) {
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
