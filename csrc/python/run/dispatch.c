#include "python/run/dispatch.h"

#include "python/base/python_hooks.h"
#include "python/run/fanout.h"
#include "python/types/pipeline.h"

/* ---- keys of several slots ---- */

/*
 * run_cross_slot calls the function of _commands.cross_slot that does the command's work with
 * several commands, as its keys are of several slots.
 */
static PyObject *run_cross_slot(Client *self, const Request *request)
{
    const Call *call = request->call;
    const CommandSpec *spec = request->spec;
    PyObject *function = python_hook_function("_commands.cross_slot", spec->method);
    Py_ssize_t count = 1 + spec->param_count + call->rest_count;
    Py_ssize_t named = call->names != NULL && spec->kwargs ? PyTuple_GET_SIZE(call->names) : 0;
    PyObject **arguments = PyMem_Malloc((size_t)(count + named) * sizeof *arguments);
    PyObject *result = NULL;
    if (arguments == NULL) {
        PyErr_NoMemory();
    } else if (function != NULL) {
        arguments[0] = (PyObject *)self;
        for (Py_ssize_t i = 1; i < count + named; i++) {
            Py_ssize_t rest = i - 1 - spec->param_count;
            arguments[i] = rest < 0                  ? call->values[i - 1]
                           : rest < call->rest_count ? call->rest[rest]
                                                     : call->named[rest - call->rest_count];
        }
        result =
            PyObject_Vectorcall(function, arguments, (size_t)count, named > 0 ? call->names : NULL);
    }
    PyMem_Free(arguments);
    Py_XDECREF(function);
    return result;
}

static bool is_emulated(const Request *request)
{
    return request->call != NULL && request->spec->route == ROUTE_CROSS_SLOT;
}

/* is_cross_slot: whether the keys of this call are of several slots; -1 with an exception. */
static int is_cross_slot(Client *self, const Request *request)
{
    rc_batch *batch = cluster_object_take_batch(self->pool);
    if (batch == NULL) {
        return -1;
    }
    Queued queued = {0};
    int result =
        request_queue(request, self->state, &self->pool->codec, batch, RC_NO_NODE, &queued);
    cluster_object_give_batch(self->pool, batch);
    return result == 0 ? queued.crossed : -1;
}

/* ---- on a client ---- */

static PyObject *run_alone(Client *self, const Request *request, rc_batch *batch,
                           const Queued *queued)
{
    if (client_run(self, batch, client_deadline(self, request->timeout, batch)) != 0) {
        return NULL;
    }
    Conversion conversion = client_conversion(self, batch);
    return request_reply(&conversion, 0, request->spec, queued->options, queued->extra);
}

static PyObject *run_one(Client *self, const Request *request)
{
    ClusterObject *pool = self->pool;
    rc_batch *batch = cluster_object_take_batch(pool);
    if (batch == NULL) {
        return NULL;
    }
    Queued queued;
    PyObject *result = NULL;
    if (request_queue(request, self->state, &self->pool->codec, batch, RC_NO_NODE, &queued) == 0) {
        result = queued.crossed && is_emulated(request) ? run_cross_slot(self, request)
                                                        : run_alone(self, request, batch, &queued);
    }
    cluster_object_give_batch(pool, batch);
    return result;
}

static PyObject *run_as_row(Client *self, const Request *request)
{
    if (request->spec == NULL) {
        return run_one(self, request);
    }
    switch (request->spec->route) {
    case ROUTE_KEY:
    case ROUTE_CROSS_SLOT:
    case ROUTE_SLOT:
    case ROUTE_ANY:
        return run_one(self, request);
    case ROUTE_SPLIT:
    case ROUTE_NODES:
    case ROUTE_PRIMARIES:
        return fanout_run(self, request);
    case ROUTE_BLOCKED:
        break;
    }
    PyErr_Format(self->state->cluster_exception, "Command: %s is blocked in redis cluster mode",
                 request->spec->wire);
    return NULL;
}

/* run_as_flagged asks the client's nodes_flags, which may name other nodes than the row does. */
static PyObject *run_as_flagged(Client *self, const Request *request)
{
    PyObject *name = PyUnicode_FromString(request_name(request));
    PyObject *targets = name == NULL ? NULL
                                     : python_hook_call("_legacy.command_tables", "target_of",
                                                        self->node_flags, name);
    PyObject *result = NULL;
    if (targets == Py_None) {
        result = run_as_row(self, request);
    } else if (targets != NULL) {
        Request flagged = *request;
        flagged.targets = targets;
        result = fanout_run(self, &flagged);
    }
    Py_XDECREF(targets);
    Py_XDECREF(name);
    return result;
}

static PyObject *run_request(Client *self, const Request *request)
{
    if (request->targets != NULL) {
        return fanout_run(self, request);
    }
    if (self->node_flags != NULL && self->node_flags != Py_None) {
        return run_as_flagged(self, request);
    }
    return run_as_row(self, request);
}

/* ---- overrides of execute_command ---- */

static bool is_builtin(const State *state, PyObject *attribute)
{
    return Py_TYPE(attribute) == &PyMethodDescr_Type &&
           (PyDescr_TYPE(attribute) == state->client_type ||
            PyDescr_TYPE(attribute) == state->pipeline_type);
}

/* tag_of is the version tag of a type, 0 if it has none. Any change to the type voids its tag. */
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
 * is_overridden: whether the object's type overrides execute_command; -1 with an exception. The
 * answer is kept with the type's version tag, which changes with the type or a base.
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
    Py_INCREF(type); /* a metaclass's own code may give the object another one */
    PyObject *found = PyObject_GetAttr((PyObject *)type, self->state->execute_command);
    if (found != NULL) {
        self->overridden = !is_builtin(self->state, found);
        self->tag = tag_of(type); /* the look-up above has tagged the type, if it had no tag */
        Py_DECREF(found);
    }
    Py_DECREF(type);
    return found == NULL ? -1 : self->overridden;
}

static PyObject *call_override(Client *self, const Request *request)
{
    Queued queued = {0};
    PyObject *objects = request_objects(request, self->state, &self->pool->codec, &queued);
    PyObject *arguments = objects == NULL ? NULL : PyList_AsTuple(objects);
    PyObject *options = arguments == NULL ? NULL : request_options(request, &queued);
    /* Looked up last: it may be a property, whose code must not run with an exception set. */
    PyObject *method =
        options == NULL ? NULL : PyObject_GetAttr((PyObject *)self, self->state->execute_command);
    PyObject *result = method == NULL ? NULL : PyObject_Call(method, arguments, options);
    Py_XDECREF(options);
    Py_XDECREF(method);
    Py_XDECREF(arguments);
    Py_XDECREF(objects);
    return result;
}

/* ---- methods ---- */

/*
 * is_written_again: whether the arguments may be read more than once: for each of several nodes, to
 * split keys of several slots, or by cross_slot.
 */
static bool is_written_again(const Call *call)
{
    Route route = call->spec->route;
    return call->targets != NULL ||
           (route != ROUTE_KEY && route != ROUTE_SLOT && route != ROUTE_ANY);
}

/*
 * keep_iterators replaces each iterator, which can be read only once, by a list. *kept is a new
 * reference that keeps the lists alive, or NULL. The argument that names nodes is left as it is.
 */
static int keep_iterators(Call *call, PyObject **kept)
{
    for (int i = 0; i < call->spec->param_count; i++) {
        if (i == call->spec->node_param || !PyIter_Check(call->values[i])) {
            continue;
        }
        if (*kept == NULL) {
            *kept = PyList_New(0);
        }
        PyObject *list = *kept == NULL ? NULL : PySequence_List(call->values[i]);
        int result = list == NULL ? -1 : PyList_Append(*kept, list);
        Py_XDECREF(list);
        if (result != 0) {
            return -1;
        }
        call->values[i] = list;
    }
    return 0;
}

/* Who runs a method's command: this module, cross_slot, or an override of execute_command. */
typedef enum Road { ROAD_FAILED, ROAD_OWN, ROAD_CROSS_SLOT, ROAD_OVERRIDE } Road;

static Road find_road(Client *self, const Request *request)
{
    int overridden = is_overridden(self);
    if (overridden <= 0) {
        return overridden < 0 ? ROAD_FAILED : ROAD_OWN;
    }
    /* The override gets the commands that cross_slot sends, as it did in the old client. */
    int cross_slot = is_emulated(request) && !self->pipeline ? is_cross_slot(self, request) : 0;
    return cross_slot < 0 ? ROAD_FAILED : cross_slot ? ROAD_CROSS_SLOT : ROAD_OVERRIDE;
}

static PyObject *take_road(Client *self, const Request *request)
{
    switch (find_road(self, request)) {
    case ROAD_FAILED:
        return NULL;
    case ROAD_CROSS_SLOT:
        return run_cross_slot(self, request);
    case ROAD_OVERRIDE:
        return call_override(self, request);
    case ROAD_OWN:
        break;
    }
    return self->pipeline ? pipeline_queue((Pipeline *)self, request) : run_request(self, request);
}

/* names_nodes: whether the caller has named the nodes. */
static bool names_nodes(const CommandSpec *spec, PyObject *const *named, PyObject *kwnames)
{
    Py_ssize_t count = spec->targeted && kwnames != NULL ? PyTuple_GET_SIZE(kwnames) : 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(kwnames, i), "target_nodes") == 0) {
            return named[i] != Py_None;
        }
    }
    return false;
}

PyObject *dispatch_method(Client *self, int spec_number, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames)
{
    Call call;
    const CommandSpec *spec = &self->state->specs[spec_number];
    if (self->pipeline && !names_nodes(spec, args + nargs, kwnames) &&
        pipeline_blocks((Pipeline *)self, spec, nargs)) {
        return NULL;
    }
    if (client_ready(self) != 0 || call_bind(&call, spec, args, nargs, kwnames) != 0) {
        return NULL;
    }
    Request request = {
        .spec = spec, .call = &call, .targets = call.targets, .read = spec->flags & SPEC_READ};
    PyObject *kept = NULL;
    PyObject *result = NULL;
    if (!is_written_again(&call) || keep_iterators(&call, &kept) == 0) {
        result = take_road(self, &request);
    }
    Py_XDECREF(kept);
    return result;
}

/* key_place asks a server where the key stands, within `left` ms; -1: without a limit. */
static PyObject *key_place(Client *self, PyObject *words, rc_msec left)
{
    PyObject *function = python_hook_function("_commands.command_info", "key_place");
    PyObject *seconds = Py_None;
    Py_INCREF(seconds);
    if (left >= 0) {
        Py_SETREF(seconds, PyFloat_FromDouble((double)left / 1000));
    }
    PyObject *facts = function == NULL || seconds == NULL
                          ? NULL
                          : PyObject_CallFunctionObjArgs(function, self, words, seconds, NULL);
    Py_XDECREF(seconds);
    Py_XDECREF(function);
    return facts;
}

/*
 * ask_server asks a server where the key of an unlisted command stands, and whether it only reads.
 * The call's timeout is reduced by the time that this took.
 */
static int ask_server(Client *self, Request *request)
{
    PyObject *words = PyTuple_New(request->nargs);
    if (words == NULL) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < request->nargs; i++) {
        Py_INCREF(request->args[i]);
        PyTuple_SET_ITEM(words, i, request->args[i]);
    }
    rc_msec limit = request->timeout != 0 ? request->timeout : self->timeout;
    rc_msec end = rc_now() + limit;
    PyObject *facts = key_place(self, words, limit);
    Py_DECREF(words);
    if (limit > 0 && !self->pipeline) {
        rc_msec now = rc_now();
        request->timeout = now < end ? end - now : 1;
    }
    int read = 0;
    int result =
        facts != NULL && PyArg_ParseTuple(facts, "ip", &request->place.key, &read) ? 0 : -1;
    request->read = read;
    Py_XDECREF(facts);
    return result;
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
    if (request_is_unlisted(&request) && ask_server(self, &request) != 0) {
        return NULL;
    }
    return self->pipeline ? pipeline_queue((Pipeline *)self, &request)
                          : run_request(self, &request);
}
