#include "client.h"

#include "fanout.h"
#include "pipeline.h"

#include <structmember.h>

/* ---- life ---- */

static PyObject *client_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    State *state = state_of_type(type);
    Client *self = state == NULL ? NULL : (Client *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->state = state;
        self->pipeline = PyType_IsSubtype(type, state->pipeline_type);
    }
    return (PyObject *)self;
}

static int set_callbacks(PyObject **place, PyObject *given)
{
    PyObject *copy = given == NULL || given == Py_None ? PyDict_New() : PyDict_Copy(given);
    if (copy == NULL) {
        return -1;
    }
    Py_XSETREF(*place, copy);
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
    int replicas = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|OOp", names, self->state->cluster_type,
                                     &pool, &results, &responses, &replicas) ||
        set_callbacks(&self->result_callbacks, results) != 0 ||
        set_callbacks(&self->response_callbacks, responses) != 0) {
        return -1;
    }
    if (((ClusterObject *)pool)->cluster == NULL) {
        PyErr_SetString(PyExc_ValueError, "the connection pool is not initialised");
        return -1;
    }
    if (self->pool != NULL) {
        /* Another thread may be in the middle of a call on the old one. */
        PyErr_Format(PyExc_TypeError, "%s.__init__() was called twice", Py_TYPE(self)->tp_name);
        return -1;
    }
    Py_INCREF(pool);
    self->pool = (ClusterObject *)pool;
    self->read_replicas = replicas;
    return 0;
}

int client_traverse(PyObject *object, visitproc visit, void *arg)
{
    Client *self = (Client *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->pool);
    Py_VISIT(self->response_callbacks);
    Py_VISIT(self->result_callbacks);
    return 0;
}

int client_clear(PyObject *object)
{
    Client *self = (Client *)object;
    Py_CLEAR(self->pool);
    Py_CLEAR(self->response_callbacks);
    Py_CLEAR(self->result_callbacks);
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

/* ---- running ---- */

int client_run(Client *self, rc_batch *batch)
{
    batch->read_replicas = self->read_replicas;
    return cluster_object_execute(self->pool, batch, RC_NEVER);
}

Conversion client_conversion(const Client *self, const rc_batch *batch)
{
    return (Conversion){.state = self->state,
                        .codec = &self->pool->codec,
                        .callbacks = self->response_callbacks,
                        .batch = batch};
}

/* ---- one command ---- */

static PyObject *run_one(Client *self, const Request *request)
{
    ClusterObject *pool = self->pool;
    rc_batch *batch = cluster_object_take_batch(pool);
    if (batch == NULL) {
        return NULL;
    }
    Queued queued;
    PyObject *result = NULL;
    if (request_queue(request, self->state, &self->pool->codec, batch, RC_NO_NODE, &queued) == 0 &&
        client_run(self, batch) == 0) {
        Conversion conversion = client_conversion(self, batch);
        result = request_reply(&conversion, 0, request->row, queued.options, queued.extra);
    }
    cluster_object_give_batch(pool, batch);
    return result;
}

static PyObject *run_request(Client *self, const Request *request)
{
    if (request->row == NULL) {
        return run_one(self, request);
    }
    switch (request->row->route) {
    case ROUTE_KEY:
    case ROUTE_ANY:
        return run_one(self, request);
    case ROUTE_SPLIT:
        return fanout_slots(self, request);
    case ROUTE_NODES:
    case ROUTE_PRIMARIES:
        return fanout_nodes(self, request);
    case ROUTE_BLOCKED:
        break;
    }
    PyErr_Format(self->state->cluster_exception, "Command: %s is blocked in redis cluster mode",
                 request->row->wire);
    return NULL;
}

/* ---- overrides of execute_command ---- */

static bool is_builtin(const State *state, PyObject *attribute)
{
    return attribute != NULL && Py_TYPE(attribute) == &PyMethodDescr_Type &&
           (PyDescr_TYPE(attribute) == state->client_type ||
            PyDescr_TYPE(attribute) == state->pipeline_type);
}

/*
 * is_overridden: whether somebody put an execute_command of his own in the way of this object's
 * type. The answer holds as long as the type's version tag, which any change to it or its bases
 * renews.
 */
static bool is_overridden(Client *self)
{
    PyTypeObject *type = Py_TYPE(self);
    bool tagged = PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG);
    if (self->patched) {
        return true;
    }
    if (tagged && type->tp_version_tag != 0 && type->tp_version_tag == self->tag) {
        return self->overridden;
    }
    PyObject *found = PyObject_GetAttr((PyObject *)type, self->state->execute_command);
    self->overridden = !is_builtin(self->state, found);
    Py_XDECREF(found);
    PyErr_Clear();
    /* The look-up above has tagged the type, if it had no tag. */
    self->tag = type->tp_version_tag;
    return self->overridden;
}

static PyObject *call_override(Client *self, const Request *request)
{
    PyObject *objects = request_objects(request, self->state, &self->pool->codec);
    PyObject *arguments = objects == NULL ? NULL : PyList_AsTuple(objects);
    PyObject *method = PyObject_GetAttr((PyObject *)self, self->state->execute_command);
    PyObject *options = request_options(request, request->options, request->extra);
    PyObject *result = NULL;
    if (arguments != NULL && method != NULL && options != NULL) {
        result = PyObject_Call(method, arguments, options);
    }
    Py_XDECREF(options);
    Py_XDECREF(method);
    Py_XDECREF(arguments);
    Py_XDECREF(objects);
    return result;
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

/* ---- methods ---- */

PyObject *client_method(Client *self, int row_number, PyObject *const *args, Py_ssize_t nargs,
                        PyObject *kwnames)
{
    Call call;
    const Row *row = &self->state->rows[row_number];
    Request request = {.row = row, .call = &call};
    if (self->pipeline && pipeline_refuses((Pipeline *)self, row, nargs)) {
        return NULL;
    }
    if (client_ready(self) != 0 || call_bind(&call, row, args, nargs, kwnames) != 0) {
        return NULL;
    }
    if (is_overridden(self)) {
        return call_override(self, &request);
    }
    return self->pipeline ? pipeline_queue((Pipeline *)self, &request)
                          : run_request(self, &request);
}

PyObject *client_execute_command(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                                 PyObject *kwnames)
{
    Client *self = (Client *)object;
    Request request;
    if (client_ready(self) != 0 ||
        request_from_arguments(&request, self->state, args, nargs, kwnames) != 0) {
        return NULL;
    }
    return self->pipeline ? pipeline_queue((Pipeline *)self, &request)
                          : run_request(self, &request);
}

static PyObject *set_callback(PyObject **callbacks, PyObject *args)
{
    PyObject *command;
    PyObject *callback;
    if (!PyArg_ParseTuple(args, "OO", &command, &callback) ||
        PyDict_SetItem(*callbacks, command, callback) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *client_set_response_callback(PyObject *object, PyObject *args)
{
    Client *self = (Client *)object;
    return client_ready(self) == 0 ? set_callback(&self->response_callbacks, args) : NULL;
}

PyObject *client_set_result_callback(PyObject *object, PyObject *args)
{
    Client *self = (Client *)object;
    return client_ready(self) == 0 ? set_callback(&self->result_callbacks, args) : NULL;
}

static PyMemberDef members[] = {
    {"connection_pool", T_OBJECT_EX, offsetof(Client, pool), READONLY,
     "The connections, nodes and slot table; shared with the pipelines."},
    {"response_callbacks", T_OBJECT_EX, offsetof(Client, response_callbacks), READONLY,
     "{command: callback} of set_response_callback."},
    {"result_callbacks", T_OBJECT_EX, offsetof(Client, result_callbacks), READONLY,
     "{command: callback} of set_result_callback."},
    {"read_from_replicas", T_BOOL, offsetof(Client, read_replicas), 0,
     "Whether commands that only read may go to replicas."},
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
    {Py_tp_methods, client_methods},
    {Py_tp_members, members},
    {0},
};

PyType_Spec client_spec = {
    .name = "rediscluster_c._core.Client",
    .basicsize = sizeof(Client),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
