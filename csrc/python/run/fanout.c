#include "python/run/fanout.h"

#include "python/base/errors.h"
#include "python/base/python_hooks.h"
#include "python/base/server_text.h"
#include "python/run/cluster_call.h"

/* ---- which nodes ---- */

/* The nodes of a fanout, each once. Their numbers are held, so that no other node gets them. */
typedef struct Nodes {
    rc_node_id *ids;
    size_t count;
    bool single;                 /* the caller named just one */
    uint8_t known[RC_NODE_BITS]; /* which are in the list */
} Nodes;

/*
 * add_held takes over one hold of the node's number: it lists the node, or releases the hold if the
 * node is listed already.
 */
static void add_held(Client *self, Nodes *nodes, rc_node_id id)
{
    if (rc_bit_is_set(nodes->known, id)) {
        rc_cluster_release(self->pool->cluster, id);
        return;
    }
    rc_set_bit(nodes->known, id);
    nodes->ids[nodes->count++] = id;
}

static void add_node(Client *self, Nodes *nodes, rc_node_id id)
{
    rc_cluster_hold(self->pool->cluster, id);
    add_held(self, nodes, id);
}

/* add_of_map adds primaries first. */
static void add_of_map(Client *self, const rc_slotmap *map, bool replicas, Nodes *nodes)
{
    for (size_t i = 0; i < map->shard_count; i++) {
        add_node(self, nodes, map->shards[i].primary);
    }
    for (size_t i = 0; replicas && i < map->shard_count; i++) {
        for (size_t j = 0; j < map->shards[i].replica_count; j++) {
            add_node(self, nodes, map->shards[i].replicas[j]);
        }
    }
}

/* list_nodes lists the nodes that serve slots. */
static int list_nodes(Client *self, bool replicas, Nodes *nodes)
{
    rc_epoch epoch = rc_cluster_enter(self->pool->cluster);
    rc_slotmap *map = cluster_call_map(self->pool);
    if (map != NULL) {
        nodes->ids =
            PyMem_Malloc((map->shard_count * (1 + RC_REPLICAS_MAX) + 1) * sizeof *nodes->ids);
        if (nodes->ids == NULL) {
            PyErr_NoMemory();
        } else {
            add_of_map(self, map, replicas, nodes);
        }
    }
    rc_slotmap_drop(map);
    rc_cluster_leave(self->pool->cluster, epoch);
    return nodes->ids == NULL ? -1 : 0;
}

static int add_address(Client *self, Nodes *nodes, PyObject *address)
{
    const char *host;
    int port;
    rc_node_id id;
    if (!PyArg_ParseTuple(address, "si", &host, &port)) {
        return -1;
    }
    rc_error error;
    rc_error_clear(&error);
    rc_status status = rc_cluster_hold_address(self->pool->cluster, host, port, &id);
    if (status != RC_OK) {
        rc_error_of(&error, status);
        errors_raise(errors_from_error(self->state, &error));
        return -1;
    }
    add_held(self, nodes, id);
    return 0;
}

/* take_addresses takes what target_nodes.resolve() returns: ([(host, port), ...], one). */
static int take_addresses(Client *self, PyObject *resolved, Nodes *nodes)
{
    PyObject *addresses;
    int single;
    if (!PyArg_ParseTuple(resolved, "O!p", &PyList_Type, &addresses, &single)) {
        return -1;
    }
    Py_ssize_t count = PyList_GET_SIZE(addresses);
    nodes->single = single;
    nodes->ids = PyMem_Malloc(((size_t)count + 1) * sizeof *nodes->ids);
    if (nodes->ids == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (add_address(self, nodes, PyList_GET_ITEM(addresses, i)) != 0) {
            return -1;
        }
    }
    return 0;
}

static int resolve_nodes(Client *self, const Request *request, Nodes *nodes)
{
    if (request->targets == NULL) {
        return list_nodes(self, request->spec->route == ROUTE_NODES, nodes);
    }
    PyObject *resolved =
        python_hook_call("_commands.target_nodes", "resolve", (PyObject *)self, request->targets);
    int result = resolved == NULL ? -1 : take_addresses(self, resolved, nodes);
    Py_XDECREF(resolved);
    return result;
}

/* ---- queueing ---- */

static int queue_for_nodes(Fanout *fanout, Client *self, const Request *request, rc_batch *batch)
{
    Nodes nodes = {0};
    int result = resolve_nodes(self, request, &nodes);
    fanout->nodes = nodes.ids;
    fanout->held = nodes.count;
    fanout->single = nodes.single;
    Queued queued = {0};
    for (size_t i = 0; result == 0 && i < nodes.count; i++) {
        result =
            request_queue(request, self->state, &self->pool->codec, batch, nodes.ids[i], &queued);
    }
    fanout->count = nodes.count;
    fanout->options = queued.options;
    fanout->extra = queued.extra;
    Py_XINCREF(fanout->extra);
    return result;
}

static int queue_by_slots(Fanout *fanout, Client *self, const Request *request, rc_batch *batch)
{
    Py_ssize_t commands = split_queue(&fanout->split, self, request, batch);
    fanout->count = commands < 0 ? 0 : (size_t)commands;
    fanout->options = request->options;
    return commands < 0 ? -1 : 0;
}

/* undo removes the queued commands. A half-written one has been removed by its writer. */
static void undo(rc_batch *batch, size_t first)
{
    while (batch->count > first) {
        request_undo(batch);
    }
}

Fanout *fanout_queue(Client *self, const Request *request, rc_batch *batch)
{
    Fanout *fanout = PyMem_Calloc(1, sizeof *fanout);
    if (fanout == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    Py_INCREF(self->pool);
    fanout->pool = self->pool;
    fanout->spec = request->spec;
    fanout->first = batch->count;
    bool by_slots = request->targets == NULL && request->spec->route == ROUTE_SPLIT;
    int result = by_slots ? queue_by_slots(fanout, self, request, batch)
                          : queue_for_nodes(fanout, self, request, batch);
    if (result != 0) {
        undo(batch, fanout->first);
        fanout_free(fanout);
        return NULL;
    }
    return fanout;
}

void fanout_free(Fanout *fanout)
{
    split_free(&fanout->split);
    for (size_t i = 0; i < fanout->held; i++) {
        rc_cluster_release(fanout->pool->cluster, fanout->nodes[i]);
    }
    Py_DECREF(fanout->pool);
    PyMem_Free(fanout->nodes);
    Py_XDECREF(fanout->extra);
    PyMem_Free(fanout);
}

/* ---- merging ---- */

static PyObject *reply_at(const Fanout *fanout, Client *self, const rc_batch *batch, size_t i)
{
    Conversion conversion = client_conversion(self, batch);
    return request_reply(&conversion, fanout->first + i, fanout->spec, fanout->options,
                         fanout->extra);
}

static PyObject *node_name(const Fanout *fanout, size_t i)
{
    const rc_node *node = rc_cluster_node(fanout->pool->cluster, fanout->nodes[i]);
    return server_text_address(node->host, node->port);
}

/* replies_by_node is {node name: reply}; the first failure is raised. */
static PyObject *replies_by_node(const Fanout *fanout, Client *self, const rc_batch *batch)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < fanout->count; i++) {
        PyObject *name = node_name(fanout, i);
        PyObject *reply = name == NULL ? NULL : reply_at(fanout, self, batch, i);
        if (reply == NULL || PyDict_SetItem(dict, name, reply) != 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(reply);
        Py_XDECREF(name);
    }
    return dict;
}

/* add_elements checks the type: a user's callback or the server may have returned anything. */
static int add_elements(PyObject *unique, PyObject *list)
{
    if (PyBytes_Check(list) || PyUnicode_Check(list)) {
        PyErr_Format(PyExc_TypeError, "a node answered with '%s' instead of a list of keys",
                     Py_TYPE(list)->tp_name);
        return -1;
    }
    PyObject *elements = PySequence_Tuple(list);
    int result = elements == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(elements); i++) {
        result = PyDict_SetItem(unique, PyTuple_GET_ITEM(elements, i), Py_None);
    }
    Py_XDECREF(elements);
    return result;
}

/* union_of makes one list of all elements, each once, in the order they come. */
static PyObject *union_of(PyObject *by_node)
{
    PyObject *unique = PyDict_New();
    Py_ssize_t position = 0;
    PyObject *list;
    while (unique != NULL && PyDict_Next(by_node, &position, NULL, &list)) {
        if (add_elements(unique, list) != 0) {
            Py_CLEAR(unique);
        }
    }
    PyObject *merged = unique == NULL ? NULL : PyDict_Keys(unique);
    Py_XDECREF(unique);
    return merged;
}

/*
 * merge_function is the user's result callback for this command, or the row's Python function. New
 * reference; NULL without an exception if there is neither.
 */
static PyObject *merge_function(Client *self, const CommandSpec *spec, PyObject *name)
{
    PyObject *function = PyDict_GetItemWithError(self->result_callbacks, name); /* borrowed */
    if (function == NULL && !PyErr_Occurred()) {
        function = spec->python_merge;
    }
    Py_XINCREF(function);
    return function;
}

/* call_merge: options of the method are for the row's own function only. */
static PyObject *call_merge(const Fanout *fanout, PyObject *function, PyObject *name,
                            PyObject *by_node)
{
    const CommandSpec *spec = fanout->spec;
    PyObject *arguments[] = {name, by_node};
    if (function != spec->python_merge || (fanout->options == 0 && fanout->extra == NULL)) {
        return PyObject_Vectorcall(function, arguments, 2, NULL);
    }
    PyObject *options = request_keywords(spec, fanout->options, fanout->extra);
    PyObject *result =
        options == NULL ? NULL : PyObject_VectorcallDict(function, arguments, 2, options);
    Py_XDECREF(options);
    return result;
}

static PyObject *merge_nodes(const Fanout *fanout, Client *self, PyObject *by_node)
{
    const CommandSpec *spec = fanout->spec;
    PyObject *name = PyUnicode_FromString(spec->wire);
    if (name == NULL) {
        return NULL;
    }
    PyObject *result = NULL;
    PyObject *function = merge_function(self, spec, name);
    if (function != NULL) {
        result = call_merge(fanout, function, name, by_node);
        Py_DECREF(function);
    } else if (!PyErr_Occurred() && spec->merge == MERGE_UNION) {
        result = union_of(by_node);
    } else if (!PyErr_Occurred()) {
        Py_INCREF(by_node);
        result = by_node;
    }
    Py_DECREF(name);
    return result;
}

/* unknown_at is the index of the first command of unknown outcome; the count if there is none. */
static size_t unknown_at(const Fanout *fanout, const rc_batch *batch)
{
    size_t i = 0;
    while (i < fanout->count && batch->commands[fanout->first + i].state != RC_UNKNOWN) {
        i++;
    }
    return i;
}

PyObject *fanout_reply(const Fanout *fanout, Client *self, const rc_batch *batch)
{
    size_t unknown = unknown_at(fanout, batch);
    if (unknown < fanout->count) {
        return reply_at(fanout, self, batch, unknown);
    }
    if (fanout->nodes == NULL) {
        return split_reply(&fanout->split, self, fanout->spec, batch, fanout->first,
                           fanout->options);
    }
    if (fanout->single) {
        return reply_at(fanout, self, batch, 0);
    }
    PyObject *by_node = replies_by_node(fanout, self, batch);
    if (by_node == NULL || fanout->spec == NULL) {
        return by_node;
    }
    PyObject *result = merge_nodes(fanout, self, by_node);
    Py_DECREF(by_node);
    return result;
}

PyObject *fanout_run(Client *self, const Request *request)
{
    rc_batch *batch = cluster_object_take_batch(self->pool);
    if (batch == NULL) {
        return NULL;
    }
    PyObject *result = NULL;
    Fanout *fanout = fanout_queue(self, request, batch);
    if (fanout != NULL) {
        if (fanout->count == 0 ||
            client_run(self, batch, client_deadline(self, request->timeout, batch)) == 0) {
            result = fanout_reply(fanout, self, batch);
        }
        fanout_free(fanout);
    }
    cluster_object_give_batch(self->pool, batch);
    return result;
}
