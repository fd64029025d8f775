#include "python/run/cluster_call.h"

#include "python/base/errors.h"
#include "python/base/server_text.h"

#include "core/topology/address_map.h"

typedef struct Waiting {
    ClusterObject *self;
    PyThreadState *thread;
    PyObject *raised[3]; /* type, value, traceback */
} Waiting;

/* The client whose address_remap this thread runs. It is only compared, and holds no reference. */
static _Thread_local const ClusterObject *remapping;

/* ---- what the core asks ---- */

static void keep_exception(Waiting *waiting)
{
    PyErr_Fetch(&waiting->raised[0], &waiting->raised[1], &waiting->raised[2]);
}

/* interrupted runs Python's signal handlers; true when one of them raised, or address_remap did. */
static bool interrupted(void *context)
{
    Waiting *waiting = context;
    if (waiting->raised[0] != NULL) {
        return true;
    }
    PyEval_RestoreThread(waiting->thread);
    if (PyErr_CheckSignals() != 0) {
        keep_exception(waiting);
    }
    waiting->thread = PyEval_SaveThread();
    return waiting->raised[0] != NULL;
}

/* take_address reads (host, port), which the package has checked but for the length in UTF-8. */
static int take_address(PyObject *answer, char *host, int *port)
{
    const char *text;
    Py_ssize_t length;
    int number;
    if (!PyArg_ParseTuple(answer, "s#i", &text, &length, &number)) {
        return -1;
    }
    if (length >= RC_HOST_MAX) {
        PyErr_SetString(PyExc_ValueError, "the host that address_remap returned is too long");
        return -1;
    }
    memcpy(host, text, (size_t)length + 1);
    *port = number;
    return 0;
}

static int ask_remap(PyObject *remap, char *host, int *port)
{
    PyObject *text = server_text(host, strlen(host));
    PyObject *answer = text == NULL ? NULL : PyObject_CallFunction(remap, "Oi", text, *port);
    int result = answer == NULL ? -1 : take_address(answer, host, port);
    Py_XDECREF(answer);
    Py_XDECREF(text);
    return result;
}

static bool map_address(void *context, char *host, int *port)
{
    Waiting *waiting = context;
    ClusterObject *self = waiting->self;
    if (waiting->raised[0] != NULL) {
        return false; /* a signal handler has raised, and the call is about to end */
    }
    PyEval_RestoreThread(waiting->thread);
    const ClusterObject *outer = remapping;
    remapping = self;
    int result = ask_remap(self->address_remap, host, port);
    remapping = outer;
    if (result != 0) {
        keep_exception(waiting);
    }
    waiting->thread = PyEval_SaveThread();
    return result == 0;
}

/* ---- before and after ---- */

/* begin gives up the GIL. It fails for a call from address_remap, which would wait for itself. */
static int begin(ClusterObject *self, Waiting *waiting, rc_call *call, rc_msec deadline)
{
    if (remapping == self) {
        PyErr_SetString(PyExc_RuntimeError, "address_remap must not use its own client");
        return -1;
    }
    *waiting = (Waiting){.self = self};
    *call = (rc_call){.deadline = deadline,
                      .interrupted = interrupted,
                      .map_address = self->address_remap == NULL ? NULL : map_address,
                      .context = waiting};
    waiting->thread = PyEval_SaveThread();
    return 0;
}

/* explain_interrupt sets the exception of a call that was interrupted although nothing raised. */
static void explain_interrupt(void)
{
    PyErr_SetString(PyExc_RuntimeError,
                    "this process was forked in a signal handler, in the middle of a call");
}

/* ---- events ---- */

static PyObject *tell(ClusterObject *self, const rc_event *event)
{
    PyObject *node = server_text_node(self->cluster, event->node, event->node_age);
    PyObject *target = server_text_node(self->cluster, event->target, event->target_age);
    PyObject *text = server_text(event->text, strlen(event->text));
    PyObject *done = NULL;
    if (node != NULL && target != NULL && text != NULL) {
        done = PyObject_CallFunction(self->observer, "sOOiO", rc_event_name(event->kind), node,
                                     target, event->slot, text);
    }
    Py_XDECREF(node);
    Py_XDECREF(target);
    Py_XDECREF(text);
    return done;
}

/*
 * deliver calls the observer for each queued event. One call of the client delivers at a time, as
 * the observer may use the client. New events may come meanwhile, so a call delivers no more than
 * the queue holds, and one event with the number of lost ones; the next call delivers the rest. The
 * observer swallows Exceptions, so what it raises is an interrupt, which ends the call (true).
 */
static bool deliver(ClusterObject *self)
{
    rc_event_queue *event_queue = rc_cluster_event_queue(self->cluster);
    /* A thread that delivered in the parent at a fork does not exist in this process. */
    bool busy = self->observing && self->observing_generation == rc_fork_generation();
    if (self->observer == NULL || busy || PyErr_Occurred()) {
        return false;
    }
    self->observing = true;
    self->observing_generation = rc_fork_generation();
    bool raised = false;
    rc_event event;
    for (int told = 0;
         !raised && told <= RC_EVENT_QUEUE_ROOM && rc_event_queue_take(event_queue, &event);
         told++) {
        PyObject *done = tell(self, &event);
        raised = done == NULL;
        Py_XDECREF(done);
    }
    self->observing = false;
    return raised;
}

static bool has_news(const Waiting *waiting)
{
    return waiting->self != NULL &&
           rc_event_queue_waiting(rc_cluster_event_queue(waiting->self->cluster));
}

/*
 * end takes the GIL back. An exception of a signal handler or of address_remap ends the call,
 * whatever its status.
 */
static rc_status end(Waiting *waiting, rc_status status)
{
    PyEval_RestoreThread(waiting->thread);
    if (waiting->raised[0] != NULL) {
        PyErr_Restore(waiting->raised[0], waiting->raised[1], waiting->raised[2]);
        return RC_INTERRUPTED;
    }
    if (status == RC_INTERRUPTED) {
        explain_interrupt();
    } else if (has_news(waiting) && deliver(waiting->self)) {
        return RC_INTERRUPTED;
    }
    return status;
}

/* ---- the calls ---- */

int cluster_call_execute(ClusterObject *self, rc_batch *batch, rc_msec deadline)
{
    Waiting waiting;
    rc_call call;
    if (begin(self, &waiting, &call, deadline) != 0) {
        return -1;
    }
    rc_status status = end(&waiting, rc_cluster_execute(self->cluster, batch, &call));
    if (status == RC_NOMEM) {
        PyErr_NoMemory();
    }
    return status == RC_OK ? 0 : -1;
}

PyObject *cluster_call_fetch(ClusterObject *self, ClusterFetch function)
{
    Waiting waiting;
    rc_call call;
    rc_error error;
    rc_error_clear(&error);
    if (begin(self, &waiting, &call, RC_NEVER) != 0) {
        return NULL;
    }
    rc_status status = end(&waiting, function(self->cluster, &call, &error));
    if (status == RC_INTERRUPTED) {
        return NULL;
    }
    if (status != RC_OK) {
        return errors_raise(errors_from_error(self->state, &error));
    }
    Py_RETURN_NONE;
}

rc_slotmap *cluster_call_map(ClusterObject *self)
{
    rc_slotmap *map = rc_cluster_map(self->cluster);
    if (map->shard_count > 0) {
        return map;
    }
    rc_slotmap_drop(map);
    PyObject *done = cluster_call_fetch(self, rc_cluster_refresh);
    Py_XDECREF(done);
    return done == NULL ? NULL : rc_cluster_map(self->cluster);
}

rc_session *cluster_call_session(ClusterObject *self, const char *host, int port, bool readonly)
{
    Waiting waiting;
    rc_call call;
    rc_error error;
    rc_session *session = NULL;
    if (begin(self, &waiting, &call, RC_NEVER) != 0) {
        return NULL;
    }
    rc_status status = end(
        &waiting, rc_cluster_session(self->cluster, host, port, readonly, &call, &session, &error));
    if (status == RC_OK) {
        return session;
    }
    if (status != RC_INTERRUPTED) {
        errors_raise(errors_from_error(self->state, &error));
    }
    rc_session_close(session, true); /* if it was opened before the interrupt */
    return NULL;
}

rc_status cluster_call_exchange(rc_session *session, rc_exchange *exchange, rc_error *error)
{
    /* A session stays with its node, so no address is mapped. */
    Waiting waiting = {0};
    rc_call call = {.deadline = RC_NEVER, .interrupted = interrupted, .context = &waiting};
    waiting.thread = PyEval_SaveThread();
    return end(&waiting, rc_session_exchange(session, exchange, &call, error));
}

rc_status cluster_call_ask(ClusterObject *self, rc_session *session, rc_exchange *exchange,
                           rc_error *error)
{
    Waiting waiting;
    rc_call call;
    rc_error_clear(error);
    if (begin(self, &waiting, &call, RC_NEVER) != 0) {
        return RC_INTERRUPTED;
    }
    return end(&waiting, rc_cluster_exchange(self->cluster, session, exchange, &call, error));
}

int cluster_call_owner(ClusterObject *self, int slot, rc_msec deadline, rc_node_id *owner)
{
    Waiting waiting;
    rc_call call;
    if (begin(self, &waiting, &call, deadline) != 0) {
        return -1;
    }
    return end(&waiting, rc_cluster_owner(self->cluster, slot, &call, owner)) == RC_OK ? 0 : -1;
}

PyObject *cluster_call_address(ClusterObject *self, const char *host, int port)
{
    Waiting waiting;
    rc_call call;
    rc_mapped_address address;
    if (begin(self, &waiting, &call, RC_NEVER) != 0) {
        return NULL;
    }
    const rc_options *options = rc_cluster_options(self->cluster);
    if (end(&waiting, rc_address_map_apply(options, host, port, host, &call, &address)) != RC_OK) {
        return NULL;
    }
    PyObject *text = server_text(address.host, strlen(address.host));
    return text == NULL ? NULL : Py_BuildValue("(Ni)", text, address.port);
}

bool cluster_call_serves(ClusterObject *self, const char *host, int port)
{
    rc_epoch epoch = rc_cluster_enter(self->cluster);
    rc_slotmap *map = rc_cluster_map(self->cluster);
    bool serves = rc_slotmap_serves(map, rc_cluster_find(self->cluster, host, port));
    rc_slotmap_drop(map);
    rc_cluster_leave(self->cluster, epoch);
    return serves;
}

int cluster_call_wait(rc_session *const *sessions, size_t count, rc_msec until)
{
    Waiting waiting = {0};
    rc_call call = {.deadline = RC_NEVER, .interrupted = interrupted, .context = &waiting};
    waiting.thread = PyEval_SaveThread();
    rc_status status = end(&waiting, rc_session_wait(sessions, count, &call, until));
    if (status == RC_OK || status == RC_TIMEOUT) {
        return status == RC_OK;
    }
    if (status == RC_NOMEM) {
        PyErr_NoMemory();
    } else if (status != RC_INTERRUPTED) {
        PyErr_SetString(PyExc_OSError, "more sockets than this process may wait for");
    }
    return -1;
}
