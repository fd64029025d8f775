/*
 * state: what one interpreter's copy of the module owns.
 *
 * There is no static PyObject anywhere: every type, exception and interned name hangs here and is
 * released with the module; what could be part of a cycle is visited by the collector. The rows
 * keep their objects until the module is freed, as a method may run as long. Objects keep a plain
 * pointer to the state; they keep their type alive, and a type keeps its module. All access needs
 * the GIL.
 */
#ifndef RC_PYTHON_STATE_H
#define RC_PYTHON_STATE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

struct CommandSpec;

typedef struct State {
    PyTypeObject *cluster_type;
    PyTypeObject *client_type;
    PyTypeObject *pipeline_type;
    PyTypeObject *session_type;

    /* of rediscluster_c.exceptions */
    PyObject *from_reply;        /* text of an error reply -> exception */
    PyObject *from_failure;      /* what the core says -> exception */
    PyObject *default_callbacks; /* _legacy.command_tables.RESPONSE_CALLBACKS, or NULL before it is
                                    needed */
    PyObject *annotate;          /* puts number and text of a command into an exception */
    PyObject *data_error;
    PyObject *cluster_exception; /* RedisClusterException */

    PyObject *replies_module;   /* rediscluster_c._commands.replies */
    PyObject *arguments_module; /* rediscluster_c._commands.arguments */

    PyObject *execute_command; /* the interned name */
    PyObject *defaults;        /* {text of a default in the table: its value} */
    PyObject *spec_numbers;    /* {wire name: row number} */
    PyObject *group_sizes;     /* {int: int}: what sort() was given, so that calls can borrow it */
    struct CommandSpec *specs;
} State;

extern struct PyModuleDef rc_module_definition;

/* state_of_type finds the state for one of our types or a subclass of it; NULL with an exception.
 */
State *state_of_type(PyTypeObject *type);

#endif
