#include "python/run/split.h"

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

void split_free(Split *split)
{
    Py_XDECREF(split->objects);
    PyMem_Free(split->order);
}

static int split_keys(Split *split, Client *self, const Request *request)
{
    *split = (Split){.stride = request->spec->flags & SPEC_PAIRS ? 2 : 1};
    Queued ignored; /* no command that can be split has options */
    split->objects = request_objects(request, self->state, &self->pool->codec, &ignored);
    if (split->objects == NULL) {
        return -1;
    }
    Py_ssize_t count = PyList_GET_SIZE(split->objects) - 1;
    if (count % split->stride != 0) {
        PyErr_Format(self->state->data_error, "%s needs a value for each key", request->spec->wire);
        return -1;
    }
    split->keys = count / split->stride;
    split->order = PyMem_Malloc(((size_t)split->keys + 1) * sizeof *split->order);
    if (split->order == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    Sink sink = {
        .state = self->state, .codec = &self->pool->codec, .method = request->spec->method};
    return find_slots(split, &sink);
}

/* group_end is the index after the last key with the slot of the key at `first`. */
static Py_ssize_t group_end(const Split *split, Py_ssize_t first)
{
    Py_ssize_t end = first + 1;
    while (end < split->keys && slot_of(split->order[end]) == slot_of(split->order[first])) {
        end++;
    }
    return end;
}

static int write_group(const Split *split, Sink *sink, const CommandSpec *spec, Py_ssize_t first,
                       Py_ssize_t end)
{
    size_t arguments = (size_t)((end - first) * split->stride) + spec->prefix_words;
    if (rc_batch_begin(sink->batch, arguments) != RC_OK ||
        rc_batch_encoded(sink->batch, spec->prefix, spec->prefix_length, spec->prefix_words) !=
            RC_OK) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = first; i < end; i++) {
        for (Py_ssize_t j = 0; j < split->stride; j++) {
            if (sink_value(sink, object_at(split, place_of(split->order[i]), j), "key") != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int queue_group(const Split *split, Client *self, const Request *request, rc_batch *batch,
                       Py_ssize_t first, Py_ssize_t end)
{
    const CommandSpec *spec = request->spec;
    Sink sink = {.state = self->state,
                 .codec = &self->pool->codec,
                 .batch = batch,
                 .slot = slot_of(split->order[first]),
                 .method = spec->method};
    if (write_group(split, &sink, spec, first, end) != 0) {
        rc_batch_abandon(batch);
        return -1;
    }
    uint8_t flags = (uint8_t)((spec->flags & SPEC_READ ? RC_COMMAND_READ : 0) |
                              (request->primary ? RC_COMMAND_PRIMARY : 0));
    if (rc_batch_end(batch, sink.slot, flags, 0) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* put_group puts a slot's replies at the places of their keys in the caller's order. */
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
    if (merge == MERGE_TRUE && reply != Py_True) {
        Py_INCREF(reply); /* one part that is not OK makes the whole not OK */
        Py_SETREF(result, reply);
        return result;
    }
    if (merge == MERGE_LIST && put_group(split, result, reply, first, end) != 0) {
        Py_CLEAR(result);
    }
    return result;
}

PyObject *split_reply(const Split *split, Client *self, const CommandSpec *spec,
                      const rc_batch *batch, size_t first, uint32_t options)
{
    Conversion conversion = client_conversion(self, batch);
    PyObject *result = first_result(split, spec->merge);
    for (Py_ssize_t key = 0, end; result != NULL && key < split->keys; key = end) {
        end = group_end(split, key);
        PyObject *reply = request_reply(&conversion, first++, spec, options, NULL);
        if (reply == NULL) {
            Py_CLEAR(result);
        } else {
            result = merge_one(split, spec->merge, result, reply, key, end);
            Py_DECREF(reply);
        }
    }
    return result;
}

Py_ssize_t split_queue(Split *split, Client *self, const Request *request, rc_batch *batch)
{
    if (split_keys(split, self, request) != 0) {
        return -1;
    }
    Py_ssize_t commands = 0;
    for (Py_ssize_t key = 0, end; key < split->keys; key = end, commands++) {
        end = group_end(split, key);
        if (queue_group(split, self, request, batch, key, end) != 0) {
            return -1;
        }
    }
    return commands;
}
