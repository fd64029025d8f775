/*
 * reply_internal: what the conversions in reply.c and reply_*.c are made of; nobody else needs it.
 *
 * As in reply.h: the GIL is held, a new reference is returned, or NULL with an exception. A part
 * that meets an element of another shape than it knows refuses it: ValueError.
 */
#ifndef RC_PYTHON_REPLY_INTERNAL_H
#define RC_PYTHON_REPLY_INTERNAL_H

#include "python/reply/reply.h"

/* reply_peek is the next element, which stays the next; borrowed from the reply tree. */
const rc_item *reply_peek(const Reply *reply);

/* reply_is_nil: whether the next element is nil; it stays the next. */
bool reply_is_nil(const Reply *reply);

/* reply_mismatch sets the ValueError for an element that is not what was expected; always NULL. */
PyObject *reply_mismatch(const Reply *reply, const char *expected);

/*
 * reply_enter moves to the first element of the list that is next. Returns the list's size; -1 with
 * an exception if the next element is no list.
 */
Py_ssize_t reply_enter(Reply *reply, const char *expected);

/* reply_enter_exactly is reply_enter for a list of that size; -1 with an exception for another. */
Py_ssize_t reply_enter_exactly(Reply *reply, uint32_t size, const char *expected);

/*
 * reply_enter_pairs is reply_enter for a flat list of pairs. Returns the number of pairs; -1 with
 * an exception.
 */
Py_ssize_t reply_enter_pairs(Reply *reply, const char *expected);

/* reply_list converts `size` elements, or as many pairs, to a list, each with `element`. */
PyObject *reply_list(Reply *reply, Py_ssize_t size, ReplyFunction element);

/* reply_tuple converts `size` elements to a tuple, the last one with `last`. */
PyObject *reply_tuple(Reply *reply, Py_ssize_t size, ReplyFunction last);

/* reply_fields: a list of fields and values, written flat, as a dict. */
PyObject *reply_fields(Reply *reply);

/* reply_member converts two elements to (member, score); score_cast_func converts the score. */
PyObject *reply_member(Reply *reply);

/* reply_members: a list of members and scores, written flat, as a list of them. */
PyObject *reply_members(Reply *reply);

/* The conversions that the table names; it says what they return. */
#define REPLY(name, function, types) PyObject *function(Reply *reply);
#include "python/reply/replies.def"
#undef REPLY

#endif
