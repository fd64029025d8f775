/*
 * argument: Python values as arguments of a command.
 *
 * bytes, memoryview, str, int and float go to the wire, as they do in redis-py; anything else is a
 * DataError that says which argument it was. A Sink takes them: either RESP in a batch (no Python
 * object is kept), or, when somebody overrides execute_command, a list of the objects themselves.
 */
#ifndef RC_PYTHON_ARGUMENT_H
#define RC_PYTHON_ARGUMENT_H

#include "python/base/codec.h"
#include "python/base/state.h"

#include "core/execution/batch.h"

typedef struct Sink {
    State *state;
    const Codec *codec;
    rc_batch *batch;     /* where RESP is written; unused if there is a list */
    PyObject *objects;   /* the list that takes the objects, or NULL */
    uint16_t slot;       /* of the first key; RC_NO_SLOT before it */
    bool crossed;        /* a later key has another slot */
    uint16_t other_slot; /* the first such slot */
    uint32_t options;    /* bits for the reply's conversion */
    PyObject *extra;     /* borrowed: an object for the reply's conversion */
    Py_ssize_t counted;  /* so many of *rest are keys; -1: it is not said */
    const char *method;  /* for messages */
} Sink;

/*
 * sink_value writes one argument. Like all functions here it returns 0, or -1 with an exception;
 * what it has written then is for the caller to cut off. `name` is the parameter's, for messages.
 */
int sink_value(Sink *sink, PyObject *value, const char *name);

/* sink_key writes a key; the first one decides the slot. */
int sink_key(Sink *sink, PyObject *value, const char *name);

/* sink_text writes a word of the command. */
int sink_text(Sink *sink, const char *text);

/* sink_number writes a number in decimal. */
int sink_number(Sink *sink, Py_ssize_t number);

/* sink_slot writes the number of a slot, which is where the command goes. */
int sink_slot(Sink *sink, PyObject *value, const char *name);

/* sink_encoded appends a literal: `encoded` is its RESP form, `text` the same in plain. */
int sink_encoded(Sink *sink, const char *encoded, size_t length, const char *text);

/* The order and meaning of what sink_mapping writes. */
typedef enum MappingOrder {
    MAPPING_KEYS,   /* key, value: keys of the cluster */
    MAPPING_FIELDS, /* field, value: of a hash or the like */
    MAPPING_SCORES  /* value, key: score and member */
} MappingOrder;

/* sink_mapping writes the items of anything that has an items() of pairs. */
int sink_mapping(Sink *sink, PyObject *mapping, MappingOrder order, const char *name);

/* sink_rename replaces the command's name; to be called before the first argument is written. */
int sink_rename(Sink *sink, const char *name);

/* A value as the bytes that go to the wire; release it when they were used. */
typedef struct Bytes {
    const char *data;
    Py_ssize_t length;
    PyObject *owner; /* keeps the bytes alive, or NULL */
    Py_buffer view;
    char digits[RC_DIGITS_MAX];
} Bytes;

/* bytes_from fills it; -1 with an exception, and there is nothing to release. */
int bytes_from(Bytes *bytes, const Sink *sink, PyObject *value, const char *name);

/* bytes_release drops the reference that bytes_from took; the bytes are invalid then. */
void bytes_release(Bytes *bytes);

/*
 * argument_timeout reads a number of seconds above 0, or None, as milliseconds or -1; -1 with a
 * ValueError that says what it is the timeout of.
 */
int argument_timeout(PyObject *value, const char *name, rc_msec *timeout);

#endif
