#include "python/reply/reply_convert.h"

#include "python/reply/reply.h"

#include "core/resp/reader.h"

/* convert_read converts the reply that has been read to the reply tree. */
static PyObject *convert_read(Reply *reply, const char *name)
{
    ReplyFunction function = reply_function(name);
    if (function != NULL) {
        return function(reply);
    }
    PyObject *python = PyObject_GetAttrString(reply->state->replies_module, name);
    PyObject *raw = python == NULL ? NULL : reply_raw(reply);
    PyObject *result = raw == NULL ? NULL : PyObject_CallOneArg(python, raw);
    Py_XDECREF(raw);
    Py_XDECREF(python);
    return result;
}

static PyObject *read_and_convert(Reply *reply, const char *name, const Py_buffer *data)
{
    rc_reply_tree tree = {0};
    rc_reader reader;
    if (rc_reader_open(&reader) != RC_OK) {
        return PyErr_NoMemory();
    }
    rc_reader_record(&reader, &tree);
    rc_reader_give(&reader, data->buf, (size_t)data->len);
    PyObject *result = NULL;
    if (rc_reader_next(&reader, &reply->position) == RC_READING_REPLY) {
        reply->tree = &tree;
        result = convert_read(reply, name);
    } else {
        PyErr_SetString(PyExc_ValueError, "the data is not a whole reply");
    }
    rc_reader_free(&reader);
    rc_reply_tree_free(&tree);
    return result;
}

PyObject *reply_convert(State *state, PyObject *args)
{
    const char *name;
    Py_buffer data;
    int decode = 0;
    unsigned options = 0;
    PyObject *extra = Py_None;
    if (!PyArg_ParseTuple(args, "sy*|pIO:convert", &name, &data, &decode, &options, &extra)) {
        return NULL;
    }
    Codec codec = {
        .encoding = "utf-8", .errors = "strict", .plain_utf8 = true, .decode = decode != 0};
    Reply reply = {.state = state,
                   .codec = &codec,
                   .options = options,
                   .extra = extra == Py_None ? NULL : extra};
    PyObject *result = read_and_convert(&reply, name, &data);
    PyBuffer_Release(&data);
    return result;
}
