/*
 * reply: plain conversions, helpers of the other conversions, and the table of all by name.
 */
#include "python/base/errors.h"
#include "python/reply/reply_internal.h"

/* ---- plain ---- */

const Codec reply_as_bytes = {.encoding = "utf-8", .errors = "strict"};

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

/* A status is written by the server itself, in ASCII whatever encoding the values have. */
static PyObject *make_status(const Reply *reply, const char *data, Py_ssize_t length)
{
    return reply->codec->decode ? PyUnicode_DecodeUTF8(data, length, "replace")
                                : PyBytes_FromStringAndSize(data, length);
}

/* A long reply takes long to convert, so signals are looked for while it is: Ctrl-C works. */
static inline bool interrupted(Reply *reply)
{
    enum { LOOK_EACH = 4096 };
    return ++reply->converted % LOOK_EACH == 0 && PyErr_CheckSignals() != 0;
}

/* make_plain makes what has no elements. */
static PyObject *make_plain(const Reply *reply, const rc_item *item)
{
    switch (item->type) {
    case RC_ITEM_STRING:
        return make_text(reply, rc_reply_tree_text(reply->tree, item), (Py_ssize_t)item->size);
    case RC_ITEM_STATUS:
        return make_status(reply, rc_reply_tree_text(reply->tree, item), (Py_ssize_t)item->size);
    case RC_ITEM_ERROR:
    case RC_ITEM_DROPPED:
        return errors_from_item(reply->state, reply->tree, item);
    case RC_ITEM_INTEGER:
        return PyLong_FromLongLong(item->integer);
    case RC_ITEM_ARRAY:
        return PyList_New((Py_ssize_t)item->size);
    case RC_ITEM_NIL:
        break;
    }
    Py_RETURN_NONE;
}

/* A list that is being filled. */
typedef struct Level {
    PyObject *list;
    Py_ssize_t size;
    Py_ssize_t filled;
} Level;

/*
 * make_list keeps a stack of lists instead of calling itself: the reader allows deeper nesting than
 * Python's recursion limit or the stack of a small thread.
 */
static PyObject *make_list(Reply *reply, const rc_item *item)
{
    Level levels[RC_DEPTH_MAX];
    PyObject *whole = PyList_New((Py_ssize_t)item->size);
    if (whole == NULL) {
        return NULL;
    }
    Level *level = levels;
    *level = (Level){whole, (Py_ssize_t)item->size, 0};
    for (;;) {
        while (level->filled == level->size) {
            if (level == levels) {
                return whole;
            }
            level--;
        }
        item = rc_reply_tree_item(reply->tree, reply->position++);
        PyObject *element = interrupted(reply) ? NULL : make_plain(reply, item);
        if (element == NULL) {
            Py_DECREF(whole);
            return NULL;
        }
        PyList_SET_ITEM(level->list, level->filled++, element);
        /*
         * An empty list takes no level: the reader allows one below the deepest list with elements.
         */
        if (item->type == RC_ITEM_ARRAY && item->size > 0) {
            *++level = (Level){element, (Py_ssize_t)item->size, 0};
        }
    }
}

PyObject *reply_raw(Reply *reply)
{
    const rc_item *item = rc_reply_tree_item(reply->tree, reply->position++);
    return item->type == RC_ITEM_ARRAY ? make_list(reply, item) : make_plain(reply, item);
}

/* reply_bytes returns bytes whatever the client decodes: these replies are binary (DUMP). */
PyObject *reply_bytes(Reply *reply)
{
    reply->codec = &reply_as_bytes;
    return reply_raw(reply);
}

/* ---- parts ---- */

const rc_item *reply_peek(const Reply *reply)
{
    return rc_reply_tree_item(reply->tree, reply->position);
}

bool reply_is_nil(const Reply *reply)
{
    return reply_peek(reply)->type == RC_ITEM_NIL;
}

PyObject *reply_mismatch(const Reply *reply, const char *expected)
{
    Reply copy = *reply;
    PyObject *found = reply_raw(&copy);
    if (found != NULL) {
        PyErr_Format(PyExc_ValueError,
                     "the server's reply has not the shape that is known of it, so it cannot be "
                     "converted: %.200R where %s belongs",
                     found, expected);
        Py_DECREF(found);
    }
    return NULL;
}

Py_ssize_t reply_enter(Reply *reply, const char *expected)
{
    const rc_item *item = reply_peek(reply);
    if (item->type != RC_ITEM_ARRAY) {
        reply_mismatch(reply, expected);
        return -1;
    }
    reply->position++;
    return (Py_ssize_t)item->size;
}

Py_ssize_t reply_enter_exactly(Reply *reply, uint32_t size, const char *expected)
{
    if (reply_peek(reply)->size != size) {
        reply_mismatch(reply, expected);
        return -1;
    }
    return reply_enter(reply, expected);
}

Py_ssize_t reply_enter_pairs(Reply *reply, const char *expected)
{
    if (reply_peek(reply)->size % 2 != 0) {
        reply_mismatch(reply, expected);
        return -1;
    }
    Py_ssize_t size = reply_enter(reply, expected);
    return size < 0 ? -1 : size / 2;
}

PyObject *reply_list(Reply *reply, Py_ssize_t size, ReplyFunction element)
{
    PyObject *list = PyList_New(size);
    for (Py_ssize_t i = 0; list != NULL && i < size; i++) {
        PyObject *value = interrupted(reply) ? NULL : element(reply);
        if (value == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, i, value);
        }
    }
    return list;
}

PyObject *reply_tuple(Reply *reply, Py_ssize_t size, ReplyFunction last)
{
    PyObject *tuple = PyTuple_New(size);
    for (Py_ssize_t i = 0; tuple != NULL && i < size; i++) {
        PyObject *value = i == size - 1 ? last(reply) : reply_raw(reply);
        if (value == NULL) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, i, value);
        }
    }
    return tuple;
}

static int add_field(PyObject *dict, Reply *reply)
{
    if (reply_peek(reply)->type == RC_ITEM_ARRAY) {
        reply_mismatch(reply, "a field's name");
        return -1;
    }
    PyObject *name = reply_raw(reply);
    PyObject *value = name == NULL ? NULL : reply_raw(reply);
    int result = value == NULL ? -1 : PyDict_SetItem(dict, name, value);
    Py_XDECREF(name);
    Py_XDECREF(value);
    return result;
}

PyObject *reply_fields(Reply *reply)
{
    Py_ssize_t size = reply_enter_pairs(reply, "a list of fields and values");
    PyObject *dict = size < 0 ? NULL : PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < size; i++) {
        if (interrupted(reply) || add_field(dict, reply) != 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

PyObject *reply_members(Reply *reply)
{
    Py_ssize_t size = reply_enter_pairs(reply, "a list of members and scores");
    return size < 0 ? NULL : reply_list(reply, size, reply_member);
}

/* ---- numbers and truth ---- */

PyObject *reply_bool(Reply *reply)
{
    const rc_item *item = reply_peek(reply);
    return item->type == RC_ITEM_INTEGER ? PyBool_FromLong(item->integer != 0) : reply_raw(reply);
}

/* reply_ok is True for OK and None for nil (SET with NX that set nothing). */
PyObject *reply_ok(Reply *reply)
{
    const rc_item *item = reply_peek(reply);
    if (item->type == RC_ITEM_STATUS || item->type == RC_ITEM_STRING) {
        return PyBool_FromLong(rc_reply_tree_is_text(reply->tree, item, "OK"));
    }
    return reply_raw(reply);
}

/* SET with GET replies with the old value instead of OK. */
PyObject *reply_set(Reply *reply)
{
    return reply->options == 0 ? reply_ok(reply) : reply_raw(reply);
}

/* reply_done is True for any reply: an error reply has been raised before. */
PyObject *reply_done(Reply *reply)
{
    (void)reply;
    Py_RETURN_TRUE;
}

PyObject *reply_pong(Reply *reply)
{
    return PyBool_FromLong(rc_reply_tree_is_text(reply->tree, reply_peek(reply), "PONG"));
}

/* whole_number reads a text of digits only, few enough that a double holds them exactly. */
static bool whole_number(const char *text, size_t length, double *number)
{
    enum { EXACT_DIGITS = 15 };
    int64_t value = 0;
    for (size_t i = 0; i < length && i < EXACT_DIGITS; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (text[i] - '0');
    }
    *number = (double)value;
    return length > 0 && length <= EXACT_DIGITS;
}

/* Most scores are whole numbers, and Python's parser takes twice as long as the rest of a pair. */
static PyObject *float_from(const char *text, size_t length)
{
    double number;
    if (whole_number(text, length, &number)) {
        return PyFloat_FromDouble(number);
    }
    double value = PyOS_string_to_double(text, NULL, NULL);
    return value == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
}

/* reply_float: the text of a number as float; nil as None. */
PyObject *reply_float(Reply *reply)
{
    const rc_item *item = reply_peek(reply);
    if (item->type == RC_ITEM_ARRAY) {
        return reply_mismatch(reply, "a number");
    }
    if (item->type != RC_ITEM_STRING) {
        return reply_raw(reply);
    }
    reply->position++;
    return float_from(rc_reply_tree_text(reply->tree, item), item->size);
}

/* ---- containers ---- */

PyObject *reply_dict(Reply *reply)
{
    const rc_item *item = reply_peek(reply);
    if (item->type != RC_ITEM_ARRAY) {
        return item->type == RC_ITEM_NIL ? PyDict_New() : reply_raw(reply);
    }
    return reply_fields(reply);
}

PyObject *reply_set_of(Reply *reply)
{
    const rc_item *item = reply_peek(reply);
    if (item->type != RC_ITEM_ARRAY) {
        return item->type == RC_ITEM_NIL ? PySet_New(NULL) : reply_raw(reply);
    }
    reply->position++;
    PyObject *set = PySet_New(NULL);
    for (uint32_t i = 0; set != NULL && i < item->size; i++) {
        PyObject *element = interrupted(reply) ? NULL : reply_raw(reply);
        if (element == NULL || PySet_Add(set, element) != 0) {
            Py_CLEAR(set);
        }
        Py_XDECREF(element);
    }
    return set;
}

/* cast_score is a float, or the result of the caller's score_cast_func for the text. */
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

PyObject *reply_member(Reply *reply)
{
    return reply_tuple(reply, 2, cast_score);
}

/* reply_scores: members, or [(member, score), ...] when they were asked for. */
PyObject *reply_scores(Reply *reply)
{
    if (reply->options == 0 || reply_peek(reply)->type != RC_ITEM_ARRAY) {
        return reply_raw(reply);
    }
    return reply_members(reply);
}

/* ---- the table ---- */

static const struct ReplyRow {
    const char *name;
    ReplyFunction function;
    const char *types;
} specs[] = {
#define REPLY(name, function, types) {name, function, types},
#include "python/reply/replies.def"
#undef REPLY
};

static const struct ReplyRow *find_row(const char *name)
{
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        if (strcmp(specs[i].name, name) == 0) {
            return &specs[i];
        }
    }
    return NULL;
}

ReplyFunction reply_function(const char *name)
{
    const struct ReplyRow *spec = find_row(name);
    return spec == NULL ? NULL : spec->function;
}

const char *reply_types(const char *name)
{
    const struct ReplyRow *spec = find_row(name);
    return spec == NULL ? NULL : spec->types;
}
