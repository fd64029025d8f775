#include "python/types/pipeline.h"

#include "python/base/command_text.h"
#include "python/base/errors.h"
#include "python/run/dispatch.h"
#include "python/run/fanout.h"
#include "python/run/transaction.h"
#include "python/types/command_stack.h"

#include <structmember.h>

/*
 * What a command's reply is to be converted with, in the batch's 32-bit tag: the row's number, its
 * option bits, and which of the pipeline's extra objects (0: none).
 */
enum { SPEC_BITS = 11, OPTION_BITS = SPEC_OPTION_BITS + 1 };
enum { EXTRAS_MAX = (1 << (32 - SPEC_BITS - OPTION_BITS)) - 1 };
enum { NO_SPEC = (1 << SPEC_BITS) - 1 };
enum { CONTINUED = NO_SPEC - 1 }; /* instead of a row: belongs to the fanout before it */

_Static_assert((int)SPEC_COUNT < (int)CONTINUED, "a row's number must fit its bits of the tag");

static const char fanout_name[] = "rediscluster_c._core.Fanout";

/* ---- queueing ---- */

/* say_blocked raises the error, which names the kind of pipeline that takes the command. */
static void say_blocked(const Pipeline *self, const CommandSpec *spec)
{
    bool other = !self->cross_slot && !self->atomic && spec->route != ROUTE_BLOCKED;
    const char *slots = spec->route == ROUTE_CROSS_SLOT ? " where its keys share a slot" : "";
    PyErr_Format(self->client.state->cluster_exception,
                 "ERROR: Calling pipelined function %s is blocked when running redis in cluster "
                 "mode... %s%s",
                 spec->method,
                 other ? "pipeline(cross_slot=True) takes it" : "Call it on the client",
                 other ? slots : "");
}

bool pipeline_blocks(Pipeline *self, const CommandSpec *spec, Py_ssize_t nargs)
{
    if ((self->cross_slot || self->atomic) && spec->route != ROUTE_BLOCKED) {
        return false;
    }
    if (spec->flags & SPEC_REFUSED) {
        say_blocked(self, spec);
        return true;
    }
    if ((spec->flags & SPEC_ONE_KEY) && nargs != 1) {
        PyErr_SetString(self->client.state->cluster_exception,
                        "deleting multiple keys is not implemented in pipeline command: "
                        "pipeline(cross_slot=True) takes it");
        return true;
    }
    return false;
}

/* keep_extra returns the number of the object among the pipeline's extras, 0 for NULL; -1 on
 * failure. */
static Py_ssize_t keep_extra(Pipeline *self, PyObject *extra)
{
    if (extra == NULL || extra == (PyObject *)&PyFloat_Type) {
        return 0;
    }
    if (self->extras == NULL) {
        self->extras = PyList_New(0);
        if (self->extras == NULL) {
            return -1;
        }
    }
    Py_ssize_t count = PyList_GET_SIZE(self->extras);
    if (count > 0 && PyList_GET_ITEM(self->extras, count - 1) == extra) {
        return count;
    }
    if (count == EXTRAS_MAX) {
        PyErr_Format(self->client.state->cluster_exception,
                     "a pipeline takes at most %d different score_cast_func, or commands over "
                     "many slots or nodes",
                     EXTRAS_MAX);
        return -1;
    }
    return PyList_Append(self->extras, extra) == 0 ? count + 1 : -1;
}

/*
 * pipeline_check_unused: Python code may run in the middle of work on the batch: an argument's own
 * code (a mapping's items(), an iterator), another thread, a callback while a transaction's replies
 * are converted, a finalizer whenever an object is made. None of them may change the pipeline then,
 * or see a command that is half written.
 */
int pipeline_check_unused(const Pipeline *self)
{
    if (self->busy) {
        PyErr_SetString(PyExc_RuntimeError,
                        "the pipeline was used in the middle of queueing a command, of running a "
                        "transaction or of showing its commands: by an argument, by a callback, by "
                        "a finalizer, or by another thread");
        return -1;
    }
    return 0;
}

int pipeline_begin_work(Pipeline *self)
{
    if (pipeline_check_unused(self) != 0) {
        return -1;
    }
    self->busy = true;
    return 0;
}

void pipeline_end_work(Pipeline *self)
{
    self->busy = false;
}

rc_batch *pipeline_batch(Pipeline *self)
{
    if (self->batch == NULL) {
        self->batch = cluster_object_take_batch(self->client.pool);
    }
    return self->batch;
}

static uint32_t make_tag(const Pipeline *self, const CommandSpec *spec, uint32_t options,
                         Py_ssize_t extra)
{
    ptrdiff_t number = spec == NULL ? NO_SPEC : spec - self->client.state->specs;
    return (uint32_t)number | options << SPEC_BITS | (uint32_t)extra << (SPEC_BITS + OPTION_BITS);
}

static int queue_one(Pipeline *self, const Request *request, rc_batch *batch, Queued *queued)
{
    Client *client = &self->client;
    if (request_queue(request, client->state, &client->pool->codec, batch, RC_NO_NODE, queued) !=
        0) {
        return -1;
    }
    Py_ssize_t extra = keep_extra(self, queued->extra);
    if (extra < 0) {
        request_undo(batch);
        return -1;
    }
    batch->commands[queued->index].tag = make_tag(self, request->spec, queued->options, extra);
    return 0;
}

static void free_capsule(PyObject *capsule)
{
    fanout_free(PyCapsule_GetPointer(capsule, fanout_name));
}

/* keep_fanout puts it among the extras; it is lost if that fails. */
static Py_ssize_t keep_fanout(Pipeline *self, Fanout *fanout)
{
    PyObject *capsule = PyCapsule_New(fanout, fanout_name, free_capsule);
    if (capsule == NULL) {
        fanout_free(fanout);
        return -1;
    }
    Py_ssize_t extra = keep_extra(self, capsule);
    Py_DECREF(capsule);
    return extra;
}

static int queue_fanout(Pipeline *self, const Request *request, rc_batch *batch)
{
    size_t first = batch->count;
    Fanout *fanout = fanout_queue(&self->client, request, batch);
    size_t count = fanout == NULL ? 0 : fanout->count;
    if (fanout != NULL && count == 0) {
        PyErr_Format(self->client.state->data_error, "%s without keys", request_name(request));
        fanout_free(fanout);
        return -1;
    }
    Py_ssize_t extra = fanout == NULL ? -1 : keep_fanout(self, fanout);
    if (extra < 0) {
        while (batch->count > first) {
            request_undo(batch);
        }
        return -1;
    }
    batch->commands[first].tag = make_tag(self, request->spec, 0, extra);
    for (size_t i = first + 1; i < batch->count; i++) {
        batch->commands[i].tag = CONTINUED;
    }
    return 0;
}

static int no_cross_slot(const Pipeline *self, const Request *request)
{
    PyErr_Format(self->client.state->cluster_exception,
                 "%s over keys of several slots takes several steps, or nodes, which this "
                 "pipeline cannot do as one: call it on the client",
                 request_name(request));
    return -1;
}

/* queue_by_keys: only when all is written it is known whether the keys share a slot. */
static int queue_by_keys(Pipeline *self, const Request *request, rc_batch *batch)
{
    Queued queued = {0};
    if (queue_one(self, request, batch, &queued) != 0) {
        return -1;
    }
    bool splits = request->spec != NULL && request->spec->route == ROUTE_SPLIT && self->cross_slot;
    bool steps =
        request->spec != NULL && request->spec->route == ROUTE_CROSS_SLOT && self->cross_slot;
    if (!queued.crossed || !(splits || steps || self->atomic)) {
        return 0; /* the server answers keys of several slots with an error */
    }
    request_undo(batch);
    return splits ? queue_fanout(self, request, batch) : no_cross_slot(self, request);
}

/* queue writes one command or a fanout. -1 with an exception; the batch is as it was then. */
static int queue(Pipeline *self, const Request *request, rc_batch *batch)
{
    if (request->targets != NULL && !self->atomic) {
        return queue_fanout(self, request, batch);
    }
    switch (request->spec == NULL ? ROUTE_KEY : request->spec->route) {
    case ROUTE_NODES:
    case ROUTE_PRIMARIES:
        if (self->cross_slot) {
            return queue_fanout(self, request, batch);
        }
        break;
    case ROUTE_BLOCKED:
        break;
    default:
        return queue_by_keys(self, request, batch);
    }
    say_blocked(self, request->spec);
    return -1;
}

static int refuse_timeout(const Request *request)
{
    if (request->timeout == 0) {
        return 0;
    }
    PyErr_SetString(PyExc_TypeError, "a pipeline's commands run together: give execute() the "
                                     "timeout, not one of them a command_timeout");
    return -1;
}

PyObject *pipeline_queue(Pipeline *self, const Request *request)
{
    if (pipeline_begin_work(self) != 0) {
        return NULL;
    }
    int result = refuse_timeout(request);
    rc_batch *batch = result == 0 ? pipeline_batch(self) : NULL;
    result = batch == NULL ? -1 : queue(self, request, batch);
    pipeline_end_work(self);
    if (result != 0) {
        return NULL;
    }
    self->results++;
    if (self->immediate) {
        return PyObject_CallMethod((PyObject *)self, "_run_now", NULL);
    }
    Py_INCREF(self);
    return (PyObject *)self;
}

/* ---- executing ---- */

static Execution take_all(Pipeline *self)
{
    Execution execution = {self->batch, self->extras, self->results};
    self->batch = NULL;
    self->extras = NULL;
    self->results = 0;
    return execution;
}

static void forget(Pipeline *self, Execution *execution)
{
    if (execution->batch != NULL) {
        cluster_object_give_batch(self->client.pool, execution->batch);
    }
    Py_XDECREF(execution->extras);
}

/* read_tag is the inverse of make_tag. */
static Queueing read_tag(const Pipeline *self, uint32_t tag, PyObject *extras)
{
    uint32_t number = tag & NO_SPEC;
    uint32_t extra = tag >> (SPEC_BITS + OPTION_BITS);
    PyObject *object = extra == 0 ? NULL : PyList_GET_ITEM(extras, extra - 1);
    Queueing queueing = {.spec = number == NO_SPEC ? NULL : &self->client.state->specs[number],
                         .options = tag >> SPEC_BITS & ((1u << OPTION_BITS) - 1)};
    if (object != NULL && PyCapsule_IsValid(object, fanout_name)) {
        queueing.fanout = PyCapsule_GetPointer(object, fanout_name);
        queueing.options = queueing.fanout->options;
        queueing.extra = queueing.fanout->extra;
    } else {
        queueing.extra = object;
    }
    return queueing;
}

Queueing pipeline_queueing(const Pipeline *self, size_t index)
{
    uint32_t tag = self->batch->commands[index].tag;
    return tag == CONTINUED ? (Queueing){.continued = true} : read_tag(self, tag, self->extras);
}

static PyObject *reply_at(Pipeline *self, const Execution *execution, size_t index)
{
    const rc_batch *batch = execution->batch;
    Queueing queueing = read_tag(self, batch->commands[index].tag, execution->extras);
    if (queueing.fanout != NULL) {
        return fanout_reply(queueing.fanout, &self->client, batch);
    }
    Conversion conversion = client_conversion(&self->client, batch);
    return request_reply(&conversion, index, queueing.spec, queueing.options, queueing.extra);
}

/* take_exception turns the exception that is set into an object; KeyboardInterrupt and the like
 * stay. */
static PyObject *take_exception(void)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception)) {
        return NULL;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL) {
        PyException_SetTraceback(value, traceback);
    }
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
}

/* Both texts of a command; NULL where one could not be made. */
typedef struct Texts {
    PyObject *shown;
    PyObject *hidden;
} Texts;

static Texts texts_of(const Pipeline *self, const rc_batch *batch, size_t index)
{
    Texts texts = {command_text(batch, index, self->client.pool->hide_values), NULL};
    if (texts.shown != NULL) {
        texts.hidden = command_text(batch, index, true);
    }
    return texts;
}

/* annotate puts the command's number and text, which it takes over, into its exception's message;
 * new reference. */
static PyObject *annotate(const Pipeline *self, Texts texts, Py_ssize_t number, PyObject *exception)
{
    PyObject *annotated = NULL;
    if (texts.hidden != NULL) {
        annotated = PyObject_CallFunction(self->client.state->annotate, "OnOO", exception, number,
                                          texts.shown, texts.hidden);
    }
    Py_XDECREF(texts.shown);
    Py_XDECREF(texts.hidden);
    return annotated;
}

static PyObject *pipeline_annotate(PyObject *object, PyObject *args)
{
    Pipeline *self = (Pipeline *)object;
    Py_ssize_t index;
    PyObject *exception;
    if (!PyArg_ParseTuple(args, "nO:annotate", &index, &exception) ||
        pipeline_begin_work(self) != 0) {
        return NULL;
    }
    Texts texts = {NULL, NULL};
    if (self->batch == NULL || index < 0 || (size_t)index >= self->batch->count) {
        PyErr_SetString(PyExc_IndexError, "the pipeline has no such command");
    } else {
        texts = texts_of(self, self->batch, (size_t)index);
    }
    pipeline_end_work(self);
    return annotate(self, texts, index + 1, exception);
}

bool pipeline_interrupted(size_t index)
{
    enum { LOOK_EACH = 4096 };
    return index % LOOK_EACH == LOOK_EACH - 1 && PyErr_CheckSignals() != 0;
}

PyObject *pipeline_result(Pipeline *self, const Execution *execution, size_t index)
{
    PyObject *result = reply_at(self, execution, index);
    return result == NULL ? take_exception() : result;
}

/* result_at is a reply or an exception as an object; NULL: an exception is set, and to be raised.
 */
static PyObject *result_at(Pipeline *self, const Execution *execution, size_t index,
                           Py_ssize_t number, bool raise_on_error)
{
    PyObject *result = reply_at(self, execution, index);
    if (result == NULL) {
        result = take_exception();
        if (result != NULL && raise_on_error) {
            errors_raise(annotate(self, texts_of(self, execution->batch, index), number, result));
            Py_CLEAR(result);
        }
    }
    return result;
}

static PyObject *convert_all(Pipeline *self, const Execution *execution, bool raise_on_error)
{
    const rc_batch *batch = execution->batch;
    PyObject *results = PyList_New((Py_ssize_t)execution->results);
    Py_ssize_t number = 0;
    for (size_t i = 0; results != NULL && i < batch->count; i++) {
        if (batch->commands[i].tag == CONTINUED) {
            continue;
        }
        PyObject *result = pipeline_interrupted(i)
                               ? NULL
                               : result_at(self, execution, i, number + 1, raise_on_error);
        if (result == NULL) {
            Py_CLEAR(results);
        } else {
            PyList_SET_ITEM(results, number++, result);
        }
    }
    return results;
}

static PyObject *pipeline_execute(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"raise_on_error", "timeout", NULL};
    Pipeline *self = (Pipeline *)object;
    int raise_on_error = 1;
    PyObject *given = Py_None;
    rc_msec timeout;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|p$O:execute", names, &raise_on_error,
                                     &given) ||
        client_ready(&self->client) != 0 || pipeline_check_unused(self) != 0) {
        return NULL;
    }
    if (self->atomic) {
        return PyObject_CallMethod(object, "_execute_together", "iO", raise_on_error, given);
    }
    if (argument_timeout(given, "timeout", &timeout) != 0) {
        return NULL;
    }
    if (self->batch == NULL || self->batch->count == 0) {
        return PyList_New(0);
    }
    Execution execution = take_all(self);
    PyObject *results = NULL;
    rc_msec deadline =
        client_deadline(&self->client, given == Py_None ? 0 : timeout, execution.batch);
    if (client_run(&self->client, execution.batch, deadline) == 0) {
        results = convert_all(self, &execution, raise_on_error);
    }
    forget(self, &execution);
    return results;
}

static PyObject *pipeline_reset(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    Pipeline *self = (Pipeline *)object;
    if (pipeline_check_unused(self) != 0) {
        return NULL;
    }
    Execution execution = take_all(self);
    forget(self, &execution);
    Py_RETURN_NONE;
}

/* ---- slots of the type ---- */

static Py_ssize_t pipeline_length(PyObject *object)
{
    return (Py_ssize_t)((Pipeline *)object)->results;
}

static PyObject *pipeline_slots(PyObject *object, void *ignored)
{
    (void)ignored;
    Pipeline *self = (Pipeline *)object;
    if (pipeline_begin_work(self) != 0) {
        return NULL;
    }
    const rc_batch *batch = self->batch;
    PyObject *set = PySet_New(NULL);
    for (size_t i = 0; set != NULL && batch != NULL && i < batch->count; i++) {
        PyObject *slot = PyLong_FromLong(batch->commands[i].slot);
        if (slot == NULL || (batch->commands[i].slot != RC_NO_SLOT && PySet_Add(set, slot) != 0)) {
            Py_CLEAR(set);
        }
        Py_XDECREF(slot);
    }
    pipeline_end_work(self);
    return set;
}

/* A pipeline is true even when it is empty: `if pipe:` asks whether there is one. */
static int pipeline_is_true(PyObject *object)
{
    (void)object;
    return 1;
}

static int pipeline_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(((Pipeline *)object)->extras);
    return client_traverse(object, visit, arg);
}

static void drop_batch(Pipeline *self)
{
    if (self->batch != NULL) {
        cluster_object_give_batch(self->client.pool, self->batch);
        self->batch = NULL;
    }
}

static int pipeline_clear(PyObject *object)
{
    drop_batch((Pipeline *)object); /* while the pool is still there to take it */
    Py_CLEAR(((Pipeline *)object)->extras);
    return client_clear(object);
}

static void pipeline_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    pipeline_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- the type ---- */

static PyMethodDef methods[] = {
    {"execute_command", (PyCFunction)(void (*)(void))dispatch_arguments,
     METH_FASTCALL | METH_KEYWORDS,
     "execute_command($self, /, *args, **options)\n--\n\n"
     "Queue the command whose name and arguments are given. Returns the pipeline."},
    {"execute", (PyCFunction)(void (*)(void))pipeline_execute, METH_VARARGS | METH_KEYWORDS,
     "execute($self, /, raise_on_error=True, *, timeout=None)\n--\n\n"
     "Run all queued commands, and return their replies in the order of queueing (list).\n\n"
     "The pipeline is empty afterwards, also after a failure. With *raise_on_error* the first\n"
     "command that failed, in that order, is raised when all have run; without it, exceptions\n"
     "stand in the list in the place of the replies.\n\n"
     "*timeout*: seconds for the whole call, all waits and tries included, in the place of\n"
     "command_timeout; then each command that has no reply fails with a TimeoutError, whose "
     "outcome\n"
     "tells whether it may have run."},
    {"run_on_session", (PyCFunction)(void (*)(void))transaction_run, METH_VARARGS | METH_KEYWORDS,
     "run_on_session($self, /, session, transaction=False, timeout=None)\n--\n\n"
     "Run the queued commands on a session, and keep them queued: the list of their results.\n\n"
     "The session is closed unless all replies have come, whatever is raised.\n\n"
     "Exceptions stand in the places of failed ones. With *transaction*: between MULTI and EXEC;\n"
     "(refusals, results), where refusals are the exceptions that MULTI and the commands met when\n"
     "they were queued by the server, None where there was none, and results are the list, None\n"
     "when a watched key had changed, or the exception for what else EXEC said."},
    {"annotate", pipeline_annotate, METH_VARARGS,
     "annotate($self, index, error, /)\n--\n\n"
     "Return the exception with the number and text of the queued command in its message."},
    {"reset", pipeline_reset, METH_NOARGS,
     "reset($self)\n--\n\nForget all queued commands. The pipeline can be used again."},
    {0},
};

static PyGetSetDef getset[] = {
    {"command_stack", command_stack, NULL,
     "The queued commands (tuple of PipelineCommand, with args, options and position), made anew\n"
     "each time. RuntimeError while a command is being queued or a transaction runs.",
     NULL},
    {"slots", pipeline_slots, NULL, "The slots of the queued commands (set of int).", NULL},
    {0},
};

static PyMemberDef members[] = {
    {"cross_slot", T_BOOL, offsetof(Pipeline, cross_slot), 0,
     "Whether commands over many slots or nodes are taken, too."},
    {"atomic", T_BOOL, offsetof(Pipeline, atomic), 0,
     "Whether the commands are to be run between MULTI and EXEC: execute() calls the method\n"
     "_execute_together(raise_on_error, timeout), so that whoever wraps it sees transactions, "
     "too."},
    {"immediate", T_BOOL, offsetof(Pipeline, immediate), 0,
     "Whether each command is run when it is called."},
    {0},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "Queues commands and runs them together."},
    {Py_tp_dealloc, pipeline_dealloc},
    {Py_tp_traverse, pipeline_traverse},
    {Py_tp_clear, pipeline_clear},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, getset},
    {Py_mp_length, pipeline_length},
    {Py_nb_bool, pipeline_is_true},
    {0},
};

PyType_Spec pipeline_spec = {
    .name = "rediscluster_c._core.Pipeline",
    .basicsize = sizeof(Pipeline),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
