/*
 * client: the Python type that runs commands, base of RedisCluster.
 *
 * Its methods are the rows of commands.def. A call is bound, written into a batch of one and
 * executed at once; commands for several nodes or slots go through fanout. A subclass, mixin or
 * monkeypatch that overrides execute_command gets every command instead. Needs the GIL, and gives
 * it up while servers are waited for; one client may be used by many threads.
 */
#ifndef RC_PYTHON_CLIENT_H
#define RC_PYTHON_CLIENT_H

#include "cluster_object.h"
#include "request.h"

typedef struct Client {
    PyObject_HEAD State *state;
    ClusterObject *pool; /* NULL before __init__, then always the same */
    PyObject *response_callbacks;
    PyObject *result_callbacks;
    unsigned int tag; /* of the type when it was last looked at for an override */
    bool overridden;  /* what was found then */
    bool patched;     /* execute_command was set on this instance */
    bool pipeline;    /* is a Pipeline */
    bool read_replicas;
} Client;

extern PyType_Spec client_spec;

/* client_method is what every row's method calls. */
PyObject *client_method(Client *self, int row_number, PyObject *const *args, Py_ssize_t nargs,
                        PyObject *kwnames);

/* The other methods; client_methods (methods.c) lists them behind those of the rows. */
PyObject *client_execute_command(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                 PyObject *kwnames);
PyObject *client_set_response_callback(PyObject *self, PyObject *args);
PyObject *client_set_result_callback(PyObject *self, PyObject *args);

extern PyMethodDef client_methods[];

/* client_run executes a batch; -1 with an exception when it was interrupted. */
int client_run(Client *self, rc_batch *batch);

Conversion client_conversion(const Client *self, const rc_batch *batch);

/* client_ready: __init__ has been called; -1 with an exception. */
int client_ready(const Client *self);

/* What Pipeline shares. */
int client_traverse(PyObject *object, visitproc visit, void *arg);
int client_clear(PyObject *object);

#endif
