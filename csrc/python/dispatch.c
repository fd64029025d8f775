#include "dispatch.h"

#include "fanout.h"
#include "pipeline.h"

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
    return Py_TYPE(attribute) == &PyMethodDescr_Type &&
           (PyDescr_TYPE(attribute) == state->client_type ||
            PyDescr_TYPE(attribute) == state->pipeline_type);
}

/* tag_of is the version tag of a type, 0 if it has none; any change to the type takes it away. */
static unsigned int tag_of(PyTypeObject *type)
{
#if PY_VERSION_HEX < 0x030d0000
    /* Before 3.12 the tag stays when a change has made it void; from 3.13 on there is no flag. */
    if (!PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG)) {
        return 0;
    }
#endif
    return type->tp_version_tag;
}

/*
 * is_overridden: whether somebody put an execute_command of his own in the way of this object's
 * type; -1 with an exception. The answer holds as long as the type's version tag, which any change
 * to it or its bases renews.
 */
static int is_overridden(Client *self)
{
    PyTypeObject *type = Py_TYPE(self);
    unsigned int tag = tag_of(type);
    if (self->patched) {
        return 1;
    }
    if (tag != 0 && tag == self->tag) {
        return self->overridden;
    }
    PyObject *found = PyObject_GetAttr((PyObject *)type, self->state->execute_command);
    if (found == NULL) {
        return -1;
    }
    self->overridden = !is_builtin(self->state, found);
    Py_DECREF(found);
    self->tag = tag_of(type); /* the look-up above has tagged the type, if it had no tag */
    return self->overridden;
}

static PyObject *call_override(Client *self, const Request *request)
{
    Queued queued = {0};
    PyObject *objects = request_objects(request, self->state, &self->pool->codec, &queued);
    PyObject *arguments = objects == NULL ? NULL : PyList_AsTuple(objects);
    PyObject *method = PyObject_GetAttr((PyObject *)self, self->state->execute_command);
    PyObject *options = request_options(request, &queued);
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

/* ---- methods ---- */

PyObject *dispatch_method(Client *self, int row_number, PyObject *const *args, Py_ssize_t nargs,
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
    int overridden = is_overridden(self);
    if (overridden != 0) {
        return overridden < 0 ? NULL : call_override(self, &request);
    }
    return self->pipeline ? pipeline_queue((Pipeline *)self, &request)
                          : run_request(self, &request);
}

PyObject *dispatch_arguments(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
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
