/*
 * reply_internal: what the conversions in reply.c and reply_*.c are made of; nobody else needs it.
 *
 * As in reply.h: the GIL is held, a new reference is returned, or NULL with an exception. A part
 * that meets an element of another shape than it knows refuses it: ValueError.
 */
#ifndef RC_PYTHON_REPLY_INTERNAL_H
#define RC_PYTHON_REPLY_INTERNAL_H

#include "python/reply/reply.h"

/* reply_peek is the element that comes next. */
const rc_item *reply_peek(const Reply *reply);

/* reply_is_nil: the element that comes next is nil. */
bool reply_is_nil(const Reply *reply);

/* reply_mismatch sets the exception for it, and returns NULL. */
PyObject *reply_mismatch(const Reply *reply, const char *expected);

/* reply_enter goes on to the first element of the list that comes next: its size, or -1. */
Py_ssize_t reply_enter(Reply *reply, const char *expected);

/* reply_enter_exactly takes a list of that size only. */
Py_ssize_t reply_enter_exactly(Reply *reply, uint32_t size, const char *expected);

/* reply_enter_pairs does so for a list of pairs written flat: how many there are, or -1. */
Py_ssize_t reply_enter_pairs(Reply *reply, const char *expected);

/* reply_list converts so many elements, or pairs of them, to a list. */
PyObject *reply_list(Reply *reply, Py_ssize_t size, ReplyFunction element);

/* reply_tuple converts so many elements to a tuple; the last one of them by `last`. */
PyObject *reply_tuple(Reply *reply, Py_ssize_t size, ReplyFunction last);

/* reply_fields: a list of fields and values, written flat, as a dict. */
PyObject *reply_fields(Reply *reply);

/* reply_member: (member, score), the score being what the caller's function makes of its text. */
PyObject *reply_member(Reply *reply);

/* reply_members: a list of members and scores, written flat, as a list of them. */
PyObject *reply_members(Reply *reply);

/* The conversions that the table names; it says what they return. */
#define REPLY(name, function, types) PyObject *function(Reply *reply);
#include "python/reply/replies.def"
#undef REPLY

#endif
