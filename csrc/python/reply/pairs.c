/*
 * pairs: replies that hold pairs, cursors, or what was popped from which key: SCAN and its kin,
 * ZPOPMIN, BLPOP, ZMPOP, HRANDFIELD, ZMSCORE, ZRANK.
 */
#include "python/reply/reply_internal.h"

static PyObject *pair(Reply *reply)
{
    return reply_tuple(reply, 2, reply_raw);
}

/* ---- scans ---- */

/* cursor: an unsigned number of 64 bits, written as text. */
static PyObject *cursor(Reply *reply)
{
    const rc_item *item = reply_peek(reply);
    if (item->type != RC_ITEM_STRING) {
        return reply_mismatch(reply, "a cursor");
    }
    const char *text = rc_reply_tree_text(reply->tree, item);
    /* Python would take spaces, signs and underscores as well. */
    if (item->size == 0 || strspn(text, "0123456789") != item->size) {
        return reply_mismatch(reply, "a cursor");
    }
    reply->position++;
    return PyLong_FromString(text, NULL, 10);
}

/* scanned converts the reply to (cursor, elements); `convert` converts the elements. */
static PyObject *scanned(Reply *reply, ReplyFunction convert)
{
    if (reply_enter_exactly(reply, 2, "[cursor, elements]") < 0) {
        return NULL;
    }
    PyObject *next = cursor(reply);
    PyObject *elements = next == NULL ? NULL : convert(reply);
    PyObject *result = elements == NULL ? NULL : PyTuple_Pack(2, next, elements);
    Py_XDECREF(next);
    Py_XDECREF(elements);
    return result;
}

static PyObject *elements(Reply *reply)
{
    Py_ssize_t size = reply_enter(reply, "a list of elements");
    return size < 0 ? NULL : reply_list(reply, size, reply_raw);
}

PyObject *reply_scan(Reply *reply)
{
    return scanned(reply, elements);
}

/* With NOVALUES there are fields only. */
PyObject *reply_hscan(Reply *reply)
{
    return scanned(reply, reply->options != 0 ? elements : reply_fields);
}

PyObject *reply_zscan(Reply *reply)
{
    return scanned(reply, reply_members);
}

/* ---- pairs ---- */

PyObject *reply_zpop(Reply *reply)
{
    return reply_is_nil(reply) ? PyList_New(0) : reply_members(reply);
}

/* A field, a list of fields, or, with their values, of pairs: a field may be there twice. */
PyObject *reply_hrandfield(Reply *reply)
{
    if (reply->options == 0) {
        return reply_raw(reply);
    }
    Py_ssize_t size = reply_enter_pairs(reply, "a list of fields and values");
    return size < 0 ? NULL : reply_list(reply, size, pair);
}

PyObject *reply_floats(Reply *reply)
{
    Py_ssize_t size = reply_enter(reply, "a list of scores");
    return size < 0 ? NULL : reply_list(reply, size, reply_float);
}

/* A rank, or None; with its score a list of both. */
PyObject *reply_zrank(Reply *reply)
{
    if (reply_peek(reply)->type != RC_ITEM_ARRAY) {
        return reply_raw(reply);
    }
    bool whole = reply_enter_exactly(reply, 2, "[rank, score]") == 2;
    PyObject *both = whole ? reply_member(reply) : NULL;
    PyObject *list = both == NULL ? NULL : PySequence_List(both);
    Py_XDECREF(both);
    return list;
}

/* ---- popped from one of several keys ---- */

/* popped_by makes a tuple of so many elements, or None where all keys were empty. */
static PyObject *popped_by(Reply *reply, uint32_t size, ReplyFunction last, const char *expected)
{
    const rc_item *item = reply_peek(reply);
    if (item->type == RC_ITEM_NIL || (item->type == RC_ITEM_ARRAY && item->size == 0)) {
        Py_RETURN_NONE;
    }
    Py_ssize_t entered = reply_enter_exactly(reply, size, expected);
    return entered < 0 ? NULL : reply_tuple(reply, entered, last);
}

PyObject *reply_blpop(Reply *reply)
{
    return popped_by(reply, 2, reply_raw, "[key, value]");
}

PyObject *reply_bzpop(Reply *reply)
{
    return popped_by(reply, 3, reply_float, "[key, member, score]");
}

PyObject *reply_lmpop(Reply *reply)
{
    return popped_by(reply, 2, elements, "[key, elements]");
}

/* ZMPOP writes pairs as lists of two, unlike ZPOPMIN. */
static PyObject *nested_member(Reply *reply)
{
    return reply_enter_exactly(reply, 2, "[member, score]") < 0 ? NULL : reply_member(reply);
}

static PyObject *nested_members(Reply *reply)
{
    Py_ssize_t size = reply_enter(reply, "a list of members and scores");
    return size < 0 ? NULL : reply_list(reply, size, nested_member);
}

PyObject *reply_zmpop(Reply *reply)
{
    return popped_by(reply, 2, nested_members, "[key, members and scores]");
}
