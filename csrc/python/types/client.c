#include "python/types/client.h"

/* ---- life ---- */

PyObject *client_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
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

/* check_new: another thread may be in the middle of a call with what an __init__ has set. */
static int check_new(const Client *self)
{
    if (self->pool != NULL) {
        PyErr_Format(PyExc_TypeError, "%s.__init__() was called twice", Py_TYPE(self)->tp_name);
        return -1;
    }
    return 0;
}

int client_init(PyObject *object, PyObject *args, PyObject *kwargs)
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

void client_dealloc(PyObject *object)
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

/* ---- where reads go ---- */

static const char *const policies[] = {[RC_READ_RANDOM] = "random",
                                       [RC_READ_ROUND_ROBIN] = "round_robin",
                                       [RC_READ_LOWEST_LATENCY] = "lowest_latency",
                                       [RC_READ_REPLICA] = "prefer_replica"};

PyObject *client_get_read_policy(PyObject *object, void *ignored)
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

int client_set_read_policy(PyObject *object, PyObject *value, void *ignored)
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

/* ---- how long a call may take ---- */

PyObject *client_get_timeout(PyObject *object, void *ignored)
{
    (void)ignored;
    rc_msec timeout = ((Client *)object)->timeout;
    if (timeout < 0) {
        Py_RETURN_NONE;
    }
    return PyFloat_FromDouble((double)timeout / 1000);
}

int client_set_timeout(PyObject *object, PyObject *value, void *ignored)
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
    return cluster_object_execute(self->pool, batch, deadline);
}

Conversion client_conversion(const Client *self, const rc_batch *batch)
{
    return (Conversion){.state = self->state,
                        .codec = &self->pool->codec,
                        .callbacks = self->response_callbacks,
                        .batch = batch,
                        .cluster = self->pool->cluster};
}

int client_setattro(PyObject *object, PyObject *name, PyObject *value)
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
    /* Called for the first time it would fail when the command has run already. */
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

PyObject *client_set_response_callback(PyObject *object, PyObject *args, PyObject *kwargs)
{
    Client *self = (Client *)object;
    return client_ready(self) == 0 ? set_callback(&self->response_callbacks, args, kwargs) : NULL;
}

PyObject *client_set_result_callback(PyObject *object, PyObject *args, PyObject *kwargs)
{
    Client *self = (Client *)object;
    return client_ready(self) == 0 ? set_callback(&self->result_callbacks, args, kwargs) : NULL;
}
