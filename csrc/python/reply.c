#include "reply.h"

#include "failure.h"

/* ---- plain ---- */

static PyObject *make_text(const Reply *reply, const char *data, Py_ssize_t length)
{
    const Codec *codec = reply->codec;
    if (!codec->decode) {
        return PyBytes_FromStringAndSize(data, length);
    }
    if (codec->plain_utf8) {
        return PyUnicode_DecodeUTF8(data, length, NULL);
    }
    return PyUnicode_Decode(data, length, codec->encoding, codec->errors);
}

/* A status is the server's own word, and ASCII in every encoding. */
static PyObject *make_status(const Reply *reply, const char *data, Py_ssize_t length)
{
    return reply->codec->decode ? PyUnicode_DecodeUTF8(data, length, "replace")
                                : PyBytes_FromStringAndSize(data, length);
}

static PyObject *make_list(Reply *reply, const rc_item *item)
{
    /* hiredis 1.x takes nesting of any depth from a server. */
    if (Py_EnterRecursiveCall(" in a nested reply") != 0) {
        return NULL;
    }
    PyObject *list = PyList_New((Py_ssize_t)item->size);
    for (Py_ssize_t i = 0; list != NULL && i < (Py_ssize_t)item->size; i++) {
        PyObject *element = reply_raw(reply);
        if (element == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, i, element);
        }
    }
    Py_LeaveRecursiveCall();
    return list;
}

PyObject *reply_raw(Reply *reply)
{
    const rc_item *item = rc_tape_item(reply->tape, reply->position++);
    switch (item->type) {
    case RC_ITEM_STRING:
        return make_text(reply, rc_tape_text(reply->tape, item), (Py_ssize_t)item->size);
    case RC_ITEM_STATUS:
        return make_status(reply, rc_tape_text(reply->tape, item), (Py_ssize_t)item->size);
    case RC_ITEM_ERROR:
        return failure_from_reply(reply->state, rc_tape_text(reply->tape, item), item->size);
    case RC_ITEM_INTEGER:
        return PyLong_FromLongLong(item->integer);
    case RC_ITEM_ARRAY:
        return make_list(reply, item);
    case RC_ITEM_NIL:
        break;
    }
    Py_RETURN_NONE;
}

static const rc_item *peek(const Reply *reply)
{
    return rc_tape_item(reply->tape, reply->position);
}

/* ---- numbers and truth ---- */

static PyObject *reply_bool(Reply *reply)
{
    const rc_item *item = peek(reply);
    return item->type == RC_ITEM_INTEGER ? PyBool_FromLong(item->integer != 0) : reply_raw(reply);
}

/* reply_ok is True for OK; a nil (SET with NX that did nothing) stays None. */
static PyObject *reply_ok(Reply *reply)
{
    const rc_item *item = peek(reply);
    if (item->type == RC_ITEM_STATUS || item->type == RC_ITEM_STRING) {
        return PyBool_FromLong(rc_tape_is_text(reply->tape, item, "OK"));
    }
    return reply_raw(reply);
}

/* SET with GET answers with the old value, in place of OK. */
static PyObject *reply_set(Reply *reply)
{
    return reply->options == 0 ? reply_ok(reply) : reply_raw(reply);
}

static PyObject *reply_pong(Reply *reply)
{
    return PyBool_FromLong(rc_tape_is_text(reply->tape, peek(reply), "PONG"));
}

static PyObject *float_from(const char *text)
{
    double value = PyOS_string_to_double(text, NULL, NULL);
    return value == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
}

static PyObject *reply_float(Reply *reply)
{
    const rc_item *item = peek(reply);
    if (item->type != RC_ITEM_STRING) {
        return reply_raw(reply);
    }
    reply->position++;
    return float_from(rc_tape_text(reply->tape, item));
}

/* ---- containers ---- */

static PyObject *reply_dict(Reply *reply)
{
    const rc_item *item = peek(reply);
    if (item->type != RC_ITEM_ARRAY) {
        return item->type == RC_ITEM_NIL ? PyDict_New() : reply_raw(reply);
    }
    reply->position++;
    PyObject *dict = PyDict_New();
    for (uint32_t i = 0; dict != NULL && i + 1 < item->size; i += 2) {
        PyObject *key = reply_raw(reply);
        PyObject *value = key == NULL ? NULL : reply_raw(reply);
        if (value == NULL || PyDict_SetItem(dict, key, value) != 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *reply_set_of(Reply *reply)
{
    const rc_item *item = peek(reply);
    if (item->type != RC_ITEM_ARRAY) {
        return item->type == RC_ITEM_NIL ? PySet_New(NULL) : reply_raw(reply);
    }
    reply->position++;
    PyObject *set = PySet_New(NULL);
    for (uint32_t i = 0; set != NULL && i < item->size; i++) {
        PyObject *element = reply_raw(reply);
        if (element == NULL || PySet_Add(set, element) != 0) {
            Py_CLEAR(set);
        }
        Py_XDECREF(element);
    }
    return set;
}

/* cast_score: float for the usual case, else what the caller's function makes of the text. */
static PyObject *cast_score(Reply *reply)
{
    if (reply->extra == NULL || reply->extra == (PyObject *)&PyFloat_Type) {
        return reply_float(reply);
    }
    PyObject *text = reply_raw(reply);
    if (text == NULL) {
        return NULL;
    }
    PyObject *score = PyObject_CallOneArg(reply->extra, text);
    Py_DECREF(text);
    return score;
}

static PyObject *make_pair(Reply *reply)
{
    PyObject *member = reply_raw(reply);
    PyObject *score = member == NULL ? NULL : cast_score(reply);
    if (score == NULL) {
        Py_XDECREF(member);
        return NULL;
    }
    PyObject *pair = PyTuple_New(2);
    if (pair == NULL) {
        Py_DECREF(member);
        Py_DECREF(score);
        return NULL;
    }
    PyTuple_SET_ITEM(pair, 0, member);
    PyTuple_SET_ITEM(pair, 1, score);
    return pair;
}

/* reply_scores: members, or [(member, score), ...] when they were asked for. */
static PyObject *reply_scores(Reply *reply)
{
    const rc_item *item = peek(reply);
    if (reply->options == 0 || item->type != RC_ITEM_ARRAY) {
        return reply_raw(reply);
    }
    reply->position++;
    Py_ssize_t pairs = (Py_ssize_t)item->size / 2;
    PyObject *list = PyList_New(pairs);
    for (Py_ssize_t i = 0; list != NULL && i < pairs; i++) {
        PyObject *pair = make_pair(reply);
        if (pair == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, i, pair);
        }
    }
    return list;
}

static const struct {
    const char *name;
    ReplyFunction function;
} functions[] = {
    /* Nothing to convert; the name says what to expect. */
    {"int", reply_raw},
    {"int_or_none", reply_raw},
    {"text", reply_raw},
    {"text_or_none", reply_raw},
    {"list", reply_raw},
    {"list_with_none", reply_raw},
    {"popped", reply_raw}, /* a text, or with a count a list; None */
    /* Conversions. */
    {"bool", reply_bool},
    {"ok", reply_ok},
    {"set", reply_set},
    {"pong", reply_pong},
    {"float", reply_float},
    {"float_or_none", reply_float},
    {"zadd", reply_float}, /* a count; with INCR the new score, or None */
    {"dict", reply_dict},
    {"set_of", reply_set_of},
    {"scores", reply_scores},
};

ReplyFunction reply_function(const char *name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return functions[i].function;
        }
    }
    return NULL;
}
