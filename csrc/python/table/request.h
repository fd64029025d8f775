/*
 * request: one command that is to be sent, and the making of its reply.
 *
 * It comes from a method's row and its bound arguments, or from the bare arguments of
 * execute_command; from here on both are the same. Borrows all that it points at. Needs the GIL.
 */
#ifndef RC_PYTHON_REQUEST_H
#define RC_PYTHON_REQUEST_H

#include "python/table/argv.h"
#include "python/table/bind.h"

#include "core/cluster.h"

typedef struct Request {
    const CommandSpec *spec; /* NULL: a command that the table does not have */
    const Call *call;        /* the bound arguments of a method; NULL: they are in `args` */
    PyObject *const *args;   /* of execute_command: the name, and what follows it */
    Py_ssize_t nargs;
    PyObject *targets; /* target_nodes; NULL: the command itself says where it goes */
    rc_msec timeout;   /* of this call, as for client_deadline */
    uint32_t options;  /* for the reply, as far as they come from keywords */
    PyObject *extra;
    KeyPlace place; /* of the first of bare arguments that is a key */
    bool read;      /* changes nothing */
    bool primary;   /* not to be read from a replica */
} Request;

/* Beside a row's option bits: the reply is wanted as bytes, past the user's callbacks. */
enum { REQUEST_BYTES = 1 << SPEC_OPTION_BITS };

/*
 * request_from_arguments reads the arguments of execute_command(*args, **options). Beside those of
 * the row, the options are target_nodes, NEVER_DECODE (REQUEST_BYTES, whatever its value is),
 * read_from_replicas, which can only say no, and command_timeout.
 */
int request_from_arguments(Request *request, State *state, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames);

/* request_name is the command's name for messages; borrowed from the row or the arguments. */
const char *request_name(const Request *request);

/* What a request has become, in a batch or as objects. */
typedef struct Queued {
    size_t index;
    uint32_t options;
    PyObject *extra; /* borrowed */
    bool crossed;    /* its keys are of several slots */
} Queued;

/*
 * request_queue writes it to the end of the batch, routed by its key; `node` pins it to a node
 * (RC_NO_NODE: none). -1 with an exception, and the batch is as it was.
 */
int request_queue(const Request *request, State *state, const Codec *codec, rc_batch *batch,
                  rc_node_id node, Queued *queued);

/* request_undo removes the batch's last command. */
void request_undo(rc_batch *batch);

/*
 * request_objects is the list of execute_command's arguments: the name, then the others. New
 * reference; NULL with an exception.
 */
PyObject *request_objects(const Request *request, State *state, const Codec *codec, Queued *queued);

/*
 * request_options is the dict of keywords for execute_command. New reference; NULL with an
 * exception.
 */
PyObject *request_options(const Request *request, const Queued *queued);

/* request_is_unlisted: where its key stands, and whether it only reads, is the server's to say. */
bool request_is_unlisted(const Request *request);

/* ---- replies ---- */

typedef struct Conversion {
    State *state;
    const Codec *codec;
    PyObject *callbacks; /* {name: function} of the user, or NULL */
    const rc_batch *batch;
    rc_cluster *cluster;
} Conversion;

/*
 * request_reply converts the reply of the command at `index`, which row->... describe; an error
 * reply, or none at all, is raised.
 */
PyObject *request_reply(const Conversion *conversion, size_t index, const CommandSpec *spec,
                        uint32_t options, PyObject *extra);

/*
 * request_keywords is the dict of the options for converting or merging a reply. New reference;
 * NULL with an exception.
 */
PyObject *request_keywords(const CommandSpec *spec, uint32_t options, PyObject *extra);

#endif
