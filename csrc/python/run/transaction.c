#include "python/run/transaction.h"

#include "python/base/errors.h"
#include "python/types/session.h"

#include "core/execution/redirect.h"

static const char multi[] = "*1\r\n$5\r\nMULTI\r\n";
static const char exec[] = "*1\r\n$4\r\nEXEC\r\n";

/* One run of a pipeline's commands on a session; the replies go to a reply tree of the batch. */
typedef struct Transaction {
    Pipeline *pipeline;
    bool atomic; /* between MULTI and EXEC */
    rc_msec until;
    rc_buffer framed; /* with MULTI and EXEC */
    rc_exchange exchange;
    uint16_t tree;
} Transaction;

static int no_memory(void)
{
    PyErr_NoMemory();
    return -1;
}

/* ---- sending ---- */

static int frame(Transaction *self, const rc_batch *batch)
{
    const rc_buffer *commands = &batch->requests;
    if (rc_buffer_append(&self->framed, multi, sizeof multi - 1) != RC_OK ||
        (commands->length > 0 &&
         rc_buffer_append(&self->framed, commands->data, commands->length) != RC_OK) ||
        rc_buffer_append(&self->framed, exec, sizeof exec - 1) != RC_OK) {
        return no_memory();
    }
    self->exchange.data = self->framed.data;
    self->exchange.length = self->framed.length;
    self->exchange.requests = self->exchange.replies = batch->count + 2;
    return 0;
}

static int prepare(Transaction *self, rc_batch *batch)
{
    const ClusterObject *pool = self->pipeline->client.pool;
    rc_msec timeout =
        rc_cluster_options(pool->cluster)->socket_timeout; /* nothing blocks in MULTI */
    self->exchange =
        (rc_exchange){.data = batch->requests.data,
                      .length = batch->requests.length,
                      .requests = batch->count,
                      .replies = batch->count,
                      .until = self->until,
                      .patience = self->atomic ? timeout : rc_batch_patience(batch, timeout)};
    self->exchange.tree = rc_batch_add_tree(batch, &self->tree);
    if (self->exchange.tree == NULL) {
        return no_memory();
    }
    return self->atomic ? frame(self, batch) : 0;
}

/* ---- losses ---- */

/*
 * refused: after +OK for MULTI, one command that the server answers with an error makes EXEC fail.
 * Nothing of the transaction can have run then, whatever became of EXEC.
 */
static bool refused(const Transaction *self)
{
    const rc_reply_tree *tree = self->exchange.tree;
    size_t position = 0;
    for (size_t i = 0; i < self->exchange.received; i++) {
        if (rc_reply_tree_item(tree, position)->type == RC_ITEM_ERROR) {
            return true;
        }
        position = rc_reply_tree_next(tree, position);
    }
    return false;
}

static bool is_status(const rc_reply_tree *tree, size_t position, const char *text)
{
    const rc_item *item = rc_reply_tree_item(tree, position);
    return item->type == RC_ITEM_STATUS && rc_reply_tree_is_text(tree, item, text);
}

/* went_out: whether the command's last byte was sent; without it a server does not run it. */
static bool went_out(const Transaction *self, size_t index)
{
    size_t before = self->atomic ? sizeof multi - 1 : 0;
    return self->exchange.sent >= before + rc_batch_end_of(self->pipeline->batch, index);
}

/* any_write: whether a writing command went out. It runs at once if MULTI was refused. */
static bool any_write(const Transaction *self)
{
    const rc_batch *batch = self->pipeline->batch;
    for (size_t i = 0; i < batch->count && went_out(self, i); i++) {
        if ((batch->commands[i].flags & RC_COMMAND_READ) == 0) {
            return true;
        }
    }
    return false;
}

/* slot_of is the first command's slot, which all share; RC_NO_SLOT without commands. */
static uint16_t slot_of(const Transaction *self)
{
    const rc_batch *batch = self->pipeline->batch;
    return batch->count > 0 ? batch->commands[0].slot : RC_NO_SLOT;
}

/*
 * may_have_run: a server that refuses MULTI runs the commands after it one by one. So until MULTI
 * is answered with +OK they may have run without EXEC. An error reply proves nothing then: a script
 * may have written before it failed.
 */
static bool may_have_run(const Transaction *self)
{
    const rc_exchange *x = &self->exchange;
    if (!self->atomic) {
        return any_write(self);
    }
    bool queued = x->received > 0 && is_status(x->tree, 0, "OK");
    bool executed = self->pipeline->batch->count > 0 && x->sent == x->length && !refused(self);
    return executed || (!queued && any_write(self));
}

static int lost(const Transaction *self, const rc_error *error)
{
    const Pipeline *pipeline = self->pipeline;
    bool changed = may_have_run(self);
    bool only_read = !changed && !self->atomic && went_out(self, 0);
    const rc_command whole = {.slot = slot_of(self),
                              .state = changed || only_read ? RC_UNKNOWN : RC_NOT_SENT,
                              .flags = only_read ? RC_COMMAND_READ : 0};
    errors_raise(errors_of_outcome(pipeline->client.state, error, &whole));
    return -1;
}

/* ---- exchange ---- */

static int exchange(Transaction *self, PyObject *session)
{
    rc_error error;
    rc_status status = session_object_exchange(session, &self->exchange, &error);
    if (status == RC_OK) {
        return 0;
    }
    /* The connection is closed, so that a late reply cannot be taken for another command's. */
    session_object_close(session, false);
    return status == RC_INTERRUPTED ? -1 : lost(self, &error);
}

/* ---- replies ---- */

/*
 * state_of: outside a transaction an error reply may be a refusal, and the command did not run. A
 * script can return any error text, so the errors of scripts count as replies.
 */
static rc_state state_of(const Transaction *self, const rc_command *command, size_t position)
{
    const rc_reply_tree *tree = self->exchange.tree;
    const rc_item *item = rc_reply_tree_item(tree, position);
    if (self->atomic || item->type != RC_ITEM_ERROR || (command->flags & RC_COMMAND_OPAQUE) != 0) {
        return RC_REPLIED;
    }
    rc_redirect redirect = rc_redirect_parse(rc_reply_tree_text(tree, item), item->size);
    return redirect.refusal == RC_REFUSAL_NONE ? RC_REPLIED : RC_REFUSED;
}

/* results_from converts the replies to the commands, which follow one another from `position`. */
static PyObject *results_from(const Transaction *self, size_t position)
{
    Pipeline *pipeline = self->pipeline;
    const Execution execution = {pipeline->batch, pipeline->extras, pipeline->results};
    rc_batch *batch = pipeline->batch;
    PyObject *results = PyList_New((Py_ssize_t)batch->count);
    for (size_t i = 0; results != NULL && i < batch->count; i++) {
        rc_command *command = &batch->commands[i];
        command->tree = self->tree;
        command->reply = (uint32_t)position;
        command->state = (uint8_t)state_of(self, command, position);
        position = rc_reply_tree_next(self->exchange.tree, position);
        PyObject *result =
            pipeline_interrupted(i) ? NULL : pipeline_result(pipeline, &execution, i);
        if (result == NULL) {
            Py_CLEAR(results);
        } else {
            PyList_SET_ITEM(results, (Py_ssize_t)i, result);
        }
    }
    return results;
}

static PyObject *error_at(const Transaction *self, size_t position)
{
    const rc_reply_tree *tree = self->exchange.tree;
    const rc_item *item = rc_reply_tree_item(tree, position);
    if (item->type != RC_ITEM_ERROR) {
        Py_RETURN_NONE;
    }
    return errors_from_item(self->pipeline->client.state, tree, item);
}

/*
 * refusals_of lists the errors of MULTI and of each command (None: none), and moves *position to
 * EXEC's reply.
 */
static PyObject *refusals_of(const Transaction *self, size_t *position)
{
    Py_ssize_t count = (Py_ssize_t)self->exchange.replies - 1;
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *error = error_at(self, *position);
        *position = rc_reply_tree_next(self->exchange.tree, *position);
        if (error == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, i, error);
        }
    }
    return list;
}

/* not_understood raises the error for an unexpected reply, after which the outcome is unknown. */
static PyObject *not_understood(const Transaction *self, const char *what)
{
    bool some = self->pipeline->batch->count > 0;
    const rc_command whole = {.slot = slot_of(self), .state = some ? RC_UNKNOWN : RC_REPLIED};
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_PROTOCOL, "%s (a transaction of %zu commands)", what,
                 self->pipeline->batch->count);
    return errors_raise(errors_of_outcome(self->pipeline->client.state, &error, &whole));
}

/*
 * all_queued: whether MULTI was answered with +OK, and each command with +QUEUED or an error. After
 * an error for MULTI the commands ran by themselves, and their replies are not checked.
 */
static bool all_queued(const Transaction *self)
{
    const rc_reply_tree *tree = self->exchange.tree;
    if (rc_reply_tree_item(tree, 0)->type == RC_ITEM_ERROR) {
        return true;
    }
    bool due = is_status(tree, 0, "OK");
    size_t position = rc_reply_tree_next(tree, 0);
    for (size_t i = 2; due && i < self->exchange.replies; i++) {
        due = rc_reply_tree_item(tree, position)->type == RC_ITEM_ERROR ||
              is_status(tree, position, "QUEUED");
        position = rc_reply_tree_next(tree, position);
    }
    return due;
}

static PyObject *executed(const Transaction *self, size_t position)
{
    const rc_item *item = rc_reply_tree_item(self->exchange.tree, position);
    if (item->type == RC_ITEM_NIL || item->type == RC_ITEM_ERROR) {
        return error_at(self, position); /* None for nil: a watched key has changed */
    }
    if (item->type == RC_ITEM_DROPPED) { /* it has run; its results were over a limit */
        return errors_raise(
            errors_from_item(self->pipeline->client.state, self->exchange.tree, item));
    }
    if (item->type != RC_ITEM_ARRAY || item->size != self->pipeline->batch->count) {
        return not_understood(self, "EXEC was not answered with the replies to its commands");
    }
    return results_from(self, position + 1);
}

static PyObject *transaction_results(const Transaction *self)
{
    if (!all_queued(self)) {
        return not_understood(self, "MULTI was not answered with +OK, or a command behind it not "
                                    "with +QUEUED");
    }
    size_t position = 0;
    PyObject *refusals = refusals_of(self, &position);
    PyObject *results = refusals == NULL ? NULL : executed(self, position);
    PyObject *both = results == NULL ? NULL : PyTuple_Pack(2, refusals, results);
    Py_XDECREF(results);
    Py_XDECREF(refusals);
    return both;
}

/* check_commands fails for a pipeline with a fanout: a session is with one node. */
static int check_commands(const Pipeline *pipeline)
{
    if (pipeline->results == 0 || pipeline->results == pipeline->batch->count) {
        return 0;
    }
    PyErr_SetString(pipeline->client.state->cluster_exception,
                    "a command over many slots or nodes cannot run on one session");
    return -1;
}

PyObject *transaction_run(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"session", "transaction", "timeout", NULL};
    Pipeline *pipeline = (Pipeline *)object;
    PyObject *session;
    int transaction = 0;
    PyObject *given = Py_None;
    rc_msec timeout;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|pO:run_on_session", names,
                                     pipeline->client.state->session_type, &session, &transaction,
                                     &given) ||
        argument_timeout(given, "timeout", &timeout) != 0 || client_ready(&pipeline->client) != 0 ||
        pipeline_begin_work(pipeline) != 0) {
        return NULL;
    }
    Transaction self = {.pipeline = pipeline, .atomic = transaction};
    rc_batch *batch = NULL;
    PyObject *results = NULL;
    if (pipeline->results == 0 && !transaction) {
        results = PyList_New(0);
    } else if (check_commands(pipeline) == 0) {
        batch = pipeline_batch(pipeline);
    }
    if (batch != NULL) {
        self.until =
            transaction ? rc_deadline(timeout)
                        : client_deadline(&pipeline->client, given == Py_None ? 0 : timeout, batch);
    }
    if (batch != NULL && prepare(&self, batch) == 0 && exchange(&self, session) == 0) {
        results = transaction ? transaction_results(&self) : results_from(&self, 0);
    }
    pipeline_end_work(pipeline);
    rc_buffer_free(&self.framed);
    return results;
}
