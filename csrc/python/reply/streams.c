/*
 * streams: replies that hold entries of streams, (id, {field: value}). As in redis-py an entry that
 * was deleted is (None, None), or has no fields.
 */
#include "python/reply/reply_internal.h"

static PyObject *entry_fields(Reply *reply)
{
    if (reply_is_nil(reply)) {
        reply->position++;
        return PyDict_New();
    }
    return reply_fields(reply);
}

/* stream_entry keeps the elements that newer servers add after the fields. */
static PyObject *stream_entry(Reply *reply)
{
    if (reply_is_nil(reply)) {
        reply->position++;
        return PyTuple_Pack(2, Py_None, Py_None);
    }
    if (reply_peek(reply)->size < 2) {
        return reply_mismatch(reply, "an entry, [id, fields],");
    }
    Py_ssize_t size = reply_enter(reply, "an entry, [id, fields],");
    PyObject *entry = size < 0 ? NULL : PyTuple_New(size);
    for (Py_ssize_t i = 0; entry != NULL && i < size; i++) {
        PyObject *value = i == 1 ? entry_fields(reply) : reply_raw(reply);
        if (value == NULL) {
            Py_CLEAR(entry);
        } else {
            PyTuple_SET_ITEM(entry, i, value);
        }
    }
    return entry;
}

PyObject *reply_stream_list(Reply *reply)
{
    if (reply_is_nil(reply)) {
        return reply_raw(reply);
    }
    Py_ssize_t size = reply_enter(reply, "a list of entries");
    return size < 0 ? NULL : reply_list(reply, size, stream_entry);
}

/* add converts an element and puts it into the list; either may be NULL. */
static int add(PyObject *list, Reply *reply, ReplyFunction convert)
{
    PyObject *value = list == NULL ? NULL : convert(reply);
    int result = value == NULL ? -1 : PyList_Append(list, value);
    Py_XDECREF(value);
    return result;
}

/* A stream is a list of two, [name, entries], not a tuple. */
static PyObject *stream(Reply *reply)
{
    if (reply_enter_exactly(reply, 2, "a stream, [name, entries],") < 0) {
        return NULL;
    }
    PyObject *list = PyList_New(0);
    if (add(list, reply, reply_raw) != 0 || add(list, reply, reply_stream_list) != 0) {
        Py_CLEAR(list);
    }
    return list;
}

/* XREAD that has found nothing in its time answers nil. */
PyObject *reply_xread(Reply *reply)
{
    if (reply_is_nil(reply)) {
        return PyList_New(0);
    }
    Py_ssize_t size = reply_enter(reply, "a list of streams");
    return size < 0 ? NULL : reply_list(reply, size, stream);
}

/* With JUSTID there are ids only. */
PyObject *reply_xclaim(Reply *reply)
{
    return reply->options != 0 ? reply_raw(reply) : reply_stream_list(reply);
}

/* [next id, entries, ids of deleted ones]; server 6.2 does not say the last. */
PyObject *reply_xautoclaim(Reply *reply)
{
    if (reply_peek(reply)->size < 2) {
        return reply_mismatch(reply, "[next id, entries, deleted ids]");
    }
    Py_ssize_t size = reply_enter(reply, "[next id, entries, deleted ids]");
    if (size > 0 && reply->options != 0) {
        reply->position = rc_reply_tree_next(reply->tree, reply->position);
        return reply_raw(reply);
    }
    PyObject *list = size < 0 ? NULL : PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < size; i++) {
        if (add(list, reply, i == 1 ? reply_stream_list : reply_raw) != 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}
