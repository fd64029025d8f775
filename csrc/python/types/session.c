#include "python/types/session.h"

#include "python/base/errors.h"
#include "python/reply/reply.h"
#include "python/run/cluster_call.h"
#include "python/table/argument.h"
#include "python/types/cluster.h"

#include <math.h>

typedef struct SessionObject {
    PyObject_HEAD State *state;
    ClusterObject *cluster; /* which must not go before the session */
    rc_session *session;    /* NULL: closed */
    int users;              /* threads that are in a call on it */
    bool closing;           /* the last of them closes it */
    bool primary;           /* it is with one, which may be replaced */
} SessionObject;

/* ---- life ---- */

static PyObject *session_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"cluster", "host", "port", "readonly", NULL};
    State *state = state_of_type(type);
    PyObject *cluster;
    const char *host;
    int port;
    int readonly = 0;
    if (state == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "O!si|p:Session", names, state->cluster_type,
                                     &cluster, &host, &port, &readonly)) {
        return NULL;
    }
    if (((ClusterObject *)cluster)->cluster == NULL) {
        PyErr_SetString(PyExc_ValueError, "the cluster is not initialised");
        return NULL;
    }
    if (strlen(host) >= RC_HOST_MAX) {
        PyErr_Format(PyExc_ValueError, "the host name is longer than %d bytes", RC_HOST_MAX - 1);
        return NULL;
    }
    rc_session *session = cluster_call_session((ClusterObject *)cluster, host, port, readonly);
    SessionObject *self = session == NULL ? NULL : (SessionObject *)type->tp_alloc(type, 0);
    if (self == NULL) {
        rc_session_close(session, false);
        return NULL;
    }
    Py_INCREF(cluster);
    self->state = state;
    self->cluster = (ClusterObject *)cluster;
    self->session = session;
    self->primary = !readonly && cluster_call_serves(self->cluster, host, port);
    return (PyObject *)self;
}

static int session_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((SessionObject *)object)->cluster);
    return 0;
}

static void close_session(SessionObject *self, bool clean)
{
    rc_session *session = self->session;
    self->session = NULL;
    rc_session_close(session, clean);
}

static int session_clear(PyObject *object)
{
    SessionObject *self = (SessionObject *)object;
    close_session(self, false);
    Py_CLEAR(self->cluster);
    return 0;
}

static void session_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    session_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- calls ---- */

/* leave is the counterpart of users++. The last user closes a session that is to be closed. */
static void leave(SessionObject *self)
{
    self->users--;
    if (self->closing && self->users == 0) {
        close_session(self, false);
    }
}

/* exchange counts the thread among the users; RC_INTERRUPTED is an exception already. */
static rc_status exchange(SessionObject *self, rc_exchange *x, rc_error *error)
{
    self->users++;
    bool asks = self->primary && x->length > 0 && x->replies > 0;
    rc_status status = asks ? cluster_call_ask(self->cluster, self->session, x, error)
                            : cluster_call_exchange(self->session, x, error);
    leave(self);
    return status;
}

static bool is_open(const SessionObject *self, rc_error *error)
{
    rc_error_clear(error);
    bool open = self->session != NULL && !self->closing;
    if (!open) {
        rc_error_set(error, RC_CLOSED, "the session is closed");
    }
    return open;
}

static int check_open(const SessionObject *self)
{
    rc_error error;
    if (is_open(self, &error)) {
        return 0;
    }
    errors_raise(errors_from_error(self->state, &error));
    return -1;
}

rc_status session_object_exchange(PyObject *session, rc_exchange *x, rc_error *error)
{
    SessionObject *self = (SessionObject *)session;
    return is_open(self, error) ? exchange(self, x, error) : RC_CLOSED;
}

/* fail turns a status into an exception; NULL, as methods return it. */
static PyObject *fail(SessionObject *self, rc_status status, const rc_error *error)
{
    return status == RC_INTERRUPTED ? NULL : errors_raise(errors_from_error(self->state, error));
}

/* encode makes the arguments a command in the batch. */
static int encode(SessionObject *self, PyObject *args, rc_batch *batch)
{
    Sink sink = {.state = self->state,
                 .codec = &self->cluster->codec,
                 .batch = batch,
                 .slot = RC_NO_SLOT,
                 .method = "send"};
    if (rc_batch_begin(batch, (size_t)PyTuple_GET_SIZE(args)) != RC_OK) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        if (sink_value(&sink, PyTuple_GET_ITEM(args, i), "argument") != 0) {
            rc_batch_abandon(batch);
            return -1;
        }
    }
    if (rc_batch_end(batch, RC_NO_SLOT, 0, 0) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

/* deadline_from reads seconds; None is for ever. */
static int deadline_from(PyObject *timeout, rc_msec *until)
{
    *until = RC_NEVER;
    if (timeout == Py_None) {
        return 0;
    }
    double seconds = PyFloat_AsDouble(timeout);
    if (seconds == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    if (isnan(seconds)) {
        PyErr_SetString(PyExc_ValueError, "the timeout must be a number of seconds, or None");
        return -1;
    }
    const double year = 366.0 * 24 * 3600; /* as good as for ever, and no overflow */
    if (seconds < year) {
        *until = rc_deadline(seconds <= 0 ? 0 : (rc_msec)ceil(seconds * 1000));
    }
    return 0;
}

/*
 * send_batch sends it, and waits until then for a reply if there is a reply tree for it. *error
 * names the node afterwards, also when all went well.
 */
static int send_batch(SessionObject *self, const rc_batch *batch, rc_reply_tree *tree,
                      rc_msec until, rc_error *error)
{
    rc_exchange x = {.data = batch->requests.data,
                     .length = batch->requests.length,
                     .requests = 1,
                     .replies = tree != NULL,
                     .tree = tree,
                     .until = until,
                     .patience = rc_cluster_options(self->cluster->cluster)->socket_timeout};
    rc_status status = exchange(self, &x, error);
    return status == RC_OK ? 0 : (fail(self, status, error), -1);
}

/* send_command is send(), call() and call_ok(); -1 with an exception. */
static int send_command(SessionObject *self, PyObject *args, rc_reply_tree *tree, rc_msec until,
                        rc_error *error)
{
    if (check_open(self) != 0) {
        return -1;
    }
    if (PyTuple_GET_SIZE(args) == 0) {
        PyErr_SetString(PyExc_TypeError, "a command needs a name");
        return -1;
    }
    ClusterObject *cluster = self->cluster;
    rc_batch *batch = cluster_object_take_batch(cluster);
    if (batch == NULL) {
        return -1;
    }
    int result = encode(self, args, batch) == 0 ? send_batch(self, batch, tree, until, error) : -1;
    cluster_object_give_batch(cluster, batch);
    return result;
}

static PyObject *session_send(PyObject *object, PyObject *args)
{
    rc_error error;
    if (send_command((SessionObject *)object, args, NULL, RC_NEVER, &error) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *convert(SessionObject *self, const rc_reply_tree *tree)
{
    const rc_item *item = rc_reply_tree_item(tree, 0);
    if (rc_reply_tree_is_failure(item)) {
        return errors_raise(errors_from_item(self->state, tree, item));
    }
    Reply reply = {.state = self->state, .codec = &self->cluster->codec, .tree = tree};
    return reply_raw(&reply);
}

static PyObject *session_receive(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"timeout", "default", NULL};
    SessionObject *self = (SessionObject *)object;
    PyObject *timeout = Py_None;
    PyObject *none = Py_None;
    rc_reply_tree tree = {0};
    rc_exchange x = {.replies = 1, .tree = &tree, .patience = -1};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO:receive", names, &timeout, &none) ||
        deadline_from(timeout, &x.until) != 0 || check_open(self) != 0) {
        return NULL;
    }
    rc_error error;
    rc_status status = exchange(self, &x, &error);
    PyObject *result;
    if (status == RC_OK) {
        result = convert(self, &tree);
    } else if (status == RC_TIMEOUT) {
        Py_INCREF(none);
        result = none;
    } else {
        result = fail(self, status, &error);
    }
    rc_reply_tree_free(&tree);
    return result;
}

/* timeout_of reads the one keyword of call() and call_ok(); the arguments before it are the
 * command. */
static int timeout_of(PyObject *kwargs, rc_msec *until)
{
    static char *names[] = {"timeout", NULL};
    PyObject *timeout = Py_None;
    PyObject *nothing = PyTuple_New(0);
    int known = nothing != NULL &&
                PyArg_ParseTupleAndKeywords(nothing, kwargs, "|$O:call", names, &timeout);
    Py_XDECREF(nothing);
    return known ? deadline_from(timeout, until) : -1;
}

static PyObject *session_call(PyObject *object, PyObject *args, PyObject *kwargs)
{
    SessionObject *self = (SessionObject *)object;
    rc_error error;
    rc_reply_tree tree = {0};
    rc_msec until;
    if (timeout_of(kwargs, &until) != 0) {
        return NULL;
    }
    bool sent = send_command(self, args, &tree, until, &error) == 0;
    PyObject *result = sent ? convert(self, &tree) : NULL;
    rc_reply_tree_free(&tree);
    return result;
}

/* expect_ok is None for +OK; an error reply is raised as convert() does. */
static PyObject *expect_ok(SessionObject *self, PyObject *name, const rc_reply_tree *tree,
                           rc_error *error)
{
    if (rc_reply_tree_item(tree, 0)->type == RC_ITEM_ERROR) {
        return convert(self, tree);
    }
    const char *command = PyUnicode_AsUTF8(name);
    if (command == NULL) {
        return NULL;
    }
    rc_status status = rc_expect_ok(tree, 0, command, error);
    if (status != RC_OK) {
        return fail(self, status, error);
    }
    Py_RETURN_NONE;
}

static PyObject *session_call_ok(PyObject *object, PyObject *args, PyObject *kwargs)
{
    SessionObject *self = (SessionObject *)object;
    rc_error error;
    rc_reply_tree tree = {0};
    rc_msec until;
    if (timeout_of(kwargs, &until) != 0) {
        return NULL;
    }
    bool sent = send_command(self, args, &tree, until, &error) == 0;
    PyObject *result = sent ? expect_ok(self, PyTuple_GET_ITEM(args, 0), &tree, &error) : NULL;
    rc_reply_tree_free(&tree);
    return result;
}

void session_object_close(PyObject *session, bool clean)
{
    SessionObject *self = (SessionObject *)session;
    if (self->users == 0) {
        close_session(self, clean);
    } else if (!self->closing) {
        self->closing = true;
        rc_session_end(self->session);
    }
}

static PyObject *session_close(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"clean", NULL};
    int clean = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|p:close", names, &clean)) {
        return NULL;
    }
    session_object_close(object, clean);
    Py_RETURN_NONE;
}

/* ---- several ---- */

/*
 * gather puts the sessions of a tuple into an array, counts the caller among their users, and
 * says how many it has taken: fewer than there are when one is closed or is no session.
 */
static Py_ssize_t gather(PyTypeObject *type, PyObject *tuple, rc_session **sessions)
{
    Py_ssize_t taken = 0;
    for (; taken < PyTuple_GET_SIZE(tuple); taken++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, taken);
        if (!Py_IS_TYPE(item, type)) {
            PyErr_Format(PyExc_TypeError, "wait() takes sessions, not '%s'",
                         Py_TYPE(item)->tp_name);
            break;
        }
        SessionObject *self = (SessionObject *)item;
        if (self->session == NULL || self->closing) {
            break;
        }
        self->users++;
        sessions[taken] = self->session;
    }
    return taken;
}

static void release(PyObject *tuple, Py_ssize_t taken)
{
    for (Py_ssize_t i = 0; i < taken; i++) {
        leave((SessionObject *)PyTuple_GET_ITEM(tuple, i));
    }
}

/* wait_for returns 1 at once if a session is closed: its receive() will raise. */
static int wait_for(PyTypeObject *type, PyObject *tuple, rc_msec until)
{
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    rc_session **sessions = PyMem_New(rc_session *, count);
    if (sessions == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    Py_ssize_t taken = gather(type, tuple, sessions);
    int result = PyErr_Occurred() ? -1 : 1;
    if (taken == count) {
        result = cluster_call_wait(sessions, (size_t)count, until);
    }
    release(tuple, taken);
    PyMem_Free(sessions);
    return result;
}

static PyObject *session_wait(PyObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"sessions", "timeout", NULL};
    PyObject *sessions;
    PyObject *timeout = Py_None;
    rc_msec until;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:wait", names, &sessions, &timeout) ||
        deadline_from(timeout, &until) != 0) {
        return NULL;
    }
    /* A tuple of our own: a list could lose sessions while they are waited for. */
    PyObject *tuple = PySequence_Tuple(sessions);
    if (tuple == NULL) {
        return NULL;
    }
    int result = wait_for((PyTypeObject *)type, tuple, until);
    Py_DECREF(tuple);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

/* ---- the type ---- */

static PyObject *session_enter(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    Py_INCREF(object);
    return object;
}

static PyObject *session_exit(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    return PyObject_CallMethod(object, "close", NULL);
}

static PyObject *session_closed(PyObject *object, void *ignored)
{
    (void)ignored;
    SessionObject *self = (SessionObject *)object;
    bool open = self->session != NULL && !self->closing && rc_session_usable(self->session);
    return PyBool_FromLong(!open);
}

static PyMethodDef methods[] = {
    {"send", session_send, METH_VARARGS,
     "send($self, /, *args)\n--\n\nSend one command, and do not wait for what it answers.\n\n"
     "Another thread may be in receive() meanwhile. TimeoutError after the client's\n"
     "socket_timeout without progress; the session is of no more use then."},
    {"call", (PyCFunction)(void (*)(void))session_call, METH_VARARGS | METH_KEYWORDS,
     "call($self, /, *args, timeout=None)\n--\n\nSend one command and return its reply as it "
     "came.\n\n"
     "An error reply is raised. TimeoutError after *timeout* seconds, or the client's\n"
     "socket_timeout without progress; a reply may come yet, so that the session is to be closed.\n"
     "RuntimeError in a signal handler, if its thread is in call() or receive() already."},
    {"call_ok", (PyCFunction)(void (*)(void))session_call_ok, METH_VARARGS | METH_KEYWORDS,
     "call_ok($self, /, *args, timeout=None)\n--\n\n"
     "Send one command, named by a str, that has to be answered with +OK.\n\n"
     "InvalidResponse for any other reply that is no error: the session is to be closed then. All\n"
     "else is as in call()."},
    {"receive", (PyCFunction)(void (*)(void))session_receive, METH_VARARGS | METH_KEYWORDS,
     "receive($self, /, timeout=None, default=None)\n--\n\n"
     "Return the next reply or message as it came; an error reply is raised.\n\n"
     "Wait no longer than *timeout* seconds (None: any time), then return *default*; what has "
     "come\n"
     "of a reply until then is kept for the next call. ConnectionError when the connection is "
     "lost,\n"
     "and after that."},
    {"close", (PyCFunction)(void (*)(void))session_close, METH_VARARGS | METH_KEYWORDS,
     "close($self, /, clean=False)\n--\n\n"
     "End the conversation; threads that wait in it get a ConnectionError.\n\n"
     "With *clean* the connection goes back to the pool, if each command has had its one reply:\n"
     "the server must remember nothing of what was done on it."},
    {"wait", (PyCFunction)(void (*)(void))session_wait, METH_CLASS | METH_VARARGS | METH_KEYWORDS,
     "wait($type, /, sessions, timeout=None)\n--\n\n"
     "Wait until one of several may have something to receive (bool: False after *timeout*).\n\n"
     "First take from each, with receive(0), what is there already. One that is closed ends the\n"
     "wait as well."},
    {"__enter__", session_enter, METH_NOARGS, NULL},
    {"__exit__", session_exit, METH_VARARGS, NULL},
    {0},
};

static PyGetSetDef getset[] = {
    {"closed", session_closed, NULL,
     "Whether it is of no more use: closed, lost as far as is known, or of the parent process.",
     NULL},
    {0},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Session(cluster, host, port, readonly=False)\n--\n\n"
                "One conversation with one node, on a connection of its own.\n\n"
                "It counts among the cluster's connections, and is opened as they are."},
    {Py_tp_new, session_new},
    {Py_tp_dealloc, session_dealloc},
    {Py_tp_traverse, session_traverse},
    {Py_tp_clear, session_clear},
    {Py_tp_methods, methods},
    {Py_tp_getset, getset},
    {0},
};

PyType_Spec session_object_spec = {
    .name = "rediscluster_c._core.Session",
    .basicsize = sizeof(SessionObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
