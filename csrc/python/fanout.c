#include "fanout.h"

/* ---- nodes ---- */

/* Both kinds of nodes of a map, each once, primaries first. */
typedef struct Nodes {
    rc_node_id *ids;
    size_t count;
} Nodes;

static void add_node(Nodes *nodes, rc_node_id id)
{
    for (size_t i = 0; i < nodes->count; i++) {
        if (nodes->ids[i] == id) {
            return;
        }
    }
    nodes->ids[nodes->count++] = id;
}

static int list_nodes(Client *self, bool replicas, Nodes *nodes)
{
    *nodes = (Nodes){0};
    rc_slotmap *map = cluster_object_map(self->pool);
    if (map == NULL) {
        return -1;
    }
    nodes->ids = PyMem_Malloc((map->shard_count * (1 + RC_REPLICAS_MAX) + 1) * sizeof *nodes->ids);
    for (size_t i = 0; nodes->ids != NULL && i < map->shard_count; i++) {
        add_node(nodes, map->shards[i].primary);
    }
    for (size_t i = 0; nodes->ids != NULL && replicas && i < map->shard_count; i++) {
        for (size_t j = 0; j < map->shards[i].replica_count; j++) {
            add_node(nodes, map->shards[i].replicas[j]);
        }
    }
    rc_slotmap_drop(map);
    if (nodes->ids == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* replies_by_node is {node name: reply}; the first failure is raised. */
static PyObject *replies_by_node(Client *self, const Request *request, const rc_batch *batch,
                                 const Nodes *nodes, const Queued *queued)
{
    Conversion conversion = client_conversion(self, batch);
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < nodes->count; i++) {
        PyObject *name = cluster_object_node_name(self->pool, nodes->ids[i]);
        PyObject *reply = name == NULL ? NULL
                                       : request_reply(&conversion, i, request->row,
                                                       queued->options, queued->extra);
        if (reply == NULL || PyDict_SetItem(dict, name, reply) != 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(reply);
        Py_XDECREF(name);
    }
    return dict;
}

/* add_elements: a callback of the user's, or the server, may have made anything of the list. */
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

static PyObject *merge_nodes(Client *self, const Request *request, PyObject *by_node)
{
    PyObject *name = PyUnicode_FromString(request->row->wire);
    if (name == NULL) {
        return NULL;
    }
    PyObject *result = NULL;
    PyObject *callback = PyDict_GetItemWithError(self->result_callbacks, name); /* borrowed */
    if (callback != NULL) {
        Py_INCREF(callback);
        result = PyObject_CallFunctionObjArgs(callback, name, by_node, NULL);
        Py_DECREF(callback);
    } else if (!PyErr_Occurred() && request->row->merge == MERGE_UNION) {
        result = union_of(by_node);
    } else if (!PyErr_Occurred()) {
        Py_INCREF(by_node);
        result = by_node;
    }
    Py_DECREF(name);
    return result;
}

static PyObject *run_on(Client *self, const Request *request, const Nodes *nodes, rc_batch *batch)
{
    Queued queued = {0};
    for (size_t i = 0; i < nodes->count; i++) {
        if (request_queue(request, self->state, &self->pool->codec, batch, nodes->ids[i],
                          &queued) != 0) {
            return NULL;
        }
    }
    if (client_run(self, batch) != 0) {
        return NULL;
    }
    PyObject *by_node = replies_by_node(self, request, batch, nodes, &queued);
    PyObject *result = by_node == NULL ? NULL : merge_nodes(self, request, by_node);
    Py_XDECREF(by_node);
    return result;
}

PyObject *fanout_nodes(Client *self, const Request *request)
{
    Nodes nodes;
    if (list_nodes(self, request->row->route == ROUTE_NODES, &nodes) != 0) {
        return NULL;
    }
    rc_batch *batch = cluster_object_take_batch(self->pool);
    PyObject *result = NULL;
    if (batch != NULL) {
        result = run_on(self, request, &nodes, batch);
        cluster_object_give_batch(self->pool, batch);
    }
    PyMem_Free(nodes.ids);
    return result;
}

/* ---- slots ---- */

/*
 * The keys of a command, ordered by slot: each entry is slot and place in one number, so that
 * sorting keeps the caller's order within a slot.
 */
typedef struct Split {
    PyObject *objects; /* the command's name, then keys, or keys and values in turn */
    uint64_t *order;
    Py_ssize_t keys;
    Py_ssize_t stride; /* 2 when values stand between the keys */
} Split;

static uint16_t slot_of(uint64_t entry)
{
    return (uint16_t)(entry >> 32);
}

static Py_ssize_t place_of(uint64_t entry)
{
    return (Py_ssize_t)(entry & UINT32_MAX);
}

static PyObject *object_at(const Split *split, Py_ssize_t place, Py_ssize_t offset)
{
    return PyList_GET_ITEM(split->objects, 1 + place * split->stride + offset);
}

static int compare(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

static int find_slots(Split *split, const Sink *sink)
{
    for (Py_ssize_t i = 0; i < split->keys; i++) {
        Bytes bytes;
        if (bytes_from(&bytes, sink, object_at(split, i, 0), "key") != 0) {
            return -1;
        }
        uint64_t slot = rc_key_slot(bytes.data, (size_t)bytes.length);
        split->order[i] = slot << 32 | (uint64_t)i;
        bytes_release(&bytes);
    }
    qsort(split->order, (size_t)split->keys, sizeof *split->order, compare);
    return 0;
}

static void split_free(Split *split)
{
    Py_XDECREF(split->objects);
    PyMem_Free(split->order);
}

static int split_keys(Split *split, Client *self, const Request *request)
{
    *split = (Split){.stride = request->row->flags & ROW_PAIRS ? 2 : 1};
    Queued ignored; /* no command that can be split has options */
    split->objects = request_objects(request, self->state, &self->pool->codec, &ignored);
    if (split->objects == NULL) {
        return -1;
    }
    Py_ssize_t count = PyList_GET_SIZE(split->objects) - 1;
    if (count % split->stride != 0) {
        PyErr_Format(self->state->data_error, "%s needs a value for each key", request->row->wire);
        return -1;
    }
    split->keys = count / split->stride;
    split->order = PyMem_Malloc(((size_t)split->keys + 1) * sizeof *split->order);
    if (split->order == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    Sink sink = {.state = self->state, .codec = &self->pool->codec, .method = request->row->method};
    return find_slots(split, &sink);
}

/* group_end is behind the last key that shares the slot of the key at `first`. */
static Py_ssize_t group_end(const Split *split, Py_ssize_t first)
{
    Py_ssize_t end = first + 1;
    while (end < split->keys && slot_of(split->order[end]) == slot_of(split->order[first])) {
        end++;
    }
    return end;
}

static int queue_group(const Split *split, Client *self, const Row *row, rc_batch *batch,
                       Py_ssize_t first, Py_ssize_t end)
{
    Sink sink = {.state = self->state,
                 .codec = &self->pool->codec,
                 .batch = batch,
                 .slot = slot_of(split->order[first]),
                 .method = row->method};
    size_t arguments = (size_t)((end - first) * split->stride) + row->prefix_words;
    if (rc_batch_begin(batch, arguments) != RC_OK ||
        rc_batch_encoded(batch, row->prefix, row->prefix_length, row->prefix_words) != RC_OK) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = first; i < end; i++) {
        for (Py_ssize_t j = 0; j < split->stride; j++) {
            if (sink_value(&sink, object_at(split, place_of(split->order[i]), j), "key") != 0) {
                return -1;
            }
        }
    }
    uint8_t flags = row->flags & ROW_READ ? RC_COMMAND_READ : 0;
    if (rc_batch_end(batch, sink.slot, flags, 0) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* put_group lays a group's replies where the caller's keys stand. */
static int put_group(const Split *split, PyObject *list, PyObject *replies, Py_ssize_t first,
                     Py_ssize_t end)
{
    if (!PyList_Check(replies) || PyList_GET_SIZE(replies) != end - first) {
        PyErr_SetString(PyExc_ValueError, "the server answered with another number of values");
        return -1;
    }
    for (Py_ssize_t i = first; i < end; i++) {
        PyObject *value = PyList_GET_ITEM(replies, i - first);
        Py_INCREF(value);
        PyList_SetItem(list, place_of(split->order[i]), value);
    }
    return 0;
}

static PyObject *add(PyObject *sum, PyObject *reply)
{
    PyObject *total = PyNumber_Add(sum, reply);
    Py_DECREF(sum);
    return total;
}

static PyObject *first_result(const Split *split, Merge merge)
{
    switch (merge) {
    case MERGE_LIST:
        return PyList_New(split->keys);
    case MERGE_TRUE:
        return PyBool_FromLong(1);
    default:
        return PyLong_FromLong(0);
    }
}

static PyObject *merge_one(const Split *split, Merge merge, PyObject *result, PyObject *reply,
                           Py_ssize_t first, Py_ssize_t end)
{
    if (merge == MERGE_SUM) {
        return add(result, reply);
    }
    if (merge == MERGE_LIST && put_group(split, result, reply, first, end) != 0) {
        Py_CLEAR(result);
    }
    return result;
}

static PyObject *merge_slots(const Split *split, Client *self, const Row *row, rc_batch *batch)
{
    Conversion conversion = client_conversion(self, batch);
    PyObject *result = first_result(split, row->merge);
    Py_ssize_t first = 0;
    for (size_t i = 0; result != NULL && i < batch->count; i++) {
        Py_ssize_t end = group_end(split, first);
        PyObject *reply = request_reply(&conversion, i, row, 0, NULL);
        if (reply == NULL) {
            Py_CLEAR(result);
        } else {
            result = merge_one(split, row->merge, result, reply, first, end);
            Py_DECREF(reply);
        }
        first = end;
    }
    return result;
}

static PyObject *run_split(const Split *split, Client *self, const Row *row, rc_batch *batch)
{
    for (Py_ssize_t first = 0, end; first < split->keys; first = end) {
        end = group_end(split, first);
        if (queue_group(split, self, row, batch, first, end) != 0) {
            return NULL;
        }
    }
    if (batch->count > 0 && client_run(self, batch) != 0) {
        return NULL;
    }
    return merge_slots(split, self, row, batch);
}

PyObject *fanout_slots(Client *self, const Request *request)
{
    Split split;
    PyObject *result = NULL;
    if (split_keys(&split, self, request) == 0) {
        rc_batch *batch = cluster_object_take_batch(self->pool);
        if (batch != NULL) {
            result = run_split(&split, self, request->row, batch);
            cluster_object_give_batch(self->pool, batch);
        }
    }
    split_free(&split);
    return result;
}
