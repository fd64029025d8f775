#include "python/run/transaction.h"

#include "python/base/errors.h"
#include "python/types/session.h"

#include "core/execution/redirect.h"

static const char multi[] = "*1\r\n$5\r\nMULTI\r\n";
static const char exec[] = "*1\r\n$4\r\nEXEC\r\n";

/* One conversation: what goes out, and the replies, which are on a reply tree of the batch. */
typedef struct Conversation {
    Pipeline *pipeline;
    bool transaction;
    rc_msec until;
    rc_buffer framed; /* with MULTI and EXEC */
    rc_exchange exchange;
    uint16_t tree;
} Conversation;

static int no_memory(void)
{
    PyErr_NoMemory();
    return -1;
}

/* ---- sending ---- */

static int frame(Conversation *self, const rc_batch *batch)
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

static int prepare(Conversation *self, rc_batch *batch)
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
                      .patience = self->transaction ? timeout : rc_batch_patience(batch, timeout)};
    self->exchange.tree = rc_batch_add_tree(batch, &self->tree);
    if (self->exchange.tree == NULL) {
        return no_memory();
    }
    return self->transaction ? frame(self, batch) : 0;
}

/* ---- losses ---- */

/*
 * refused: behind a MULTI that was taken, a command that the server did not take makes EXEC fail,
 * so nothing of the transaction can have run, whatever became of EXEC.
 */
static bool refused(const Conversation *self)
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

/* went_out: a server runs nothing of which it has not got the last byte. */
static bool went_out(const Conversation *self, size_t index)
{
    size_t before = self->transaction ? sizeof multi - 1 : 0;
    return self->exchange.sent >= before + rc_batch_end_of(self->pipeline->batch, index);
}

/* any_write: whether one has gone out, which runs unless the server knows of a transaction. */
static bool any_write(const Conversation *self)
{
    const rc_batch *batch = self->pipeline->batch;
    for (size_t i = 0; i < batch->count && went_out(self, i); i++) {
        if ((batch->commands[i].flags & RC_COMMAND_READ) == 0) {
            return true;
        }
    }
    return false;
}

/* slot_of: the conversation's, if it has a command at all. */
static uint16_t slot_of(const Conversation *self)
{
    const rc_batch *batch = self->pipeline->batch;
    return batch->count > 0 ? batch->commands[0].slot : RC_NO_SLOT;
}

/*
 * may_have_run: a server that does not take MULTI runs the commands behind it one by one, so until
 * it has said that it does they may have run without EXEC. Their errors say nothing then: a script
 * that fails has written, perhaps.
 */
static bool may_have_run(const Conversation *self)
{
    const rc_exchange *x = &self->exchange;
    if (!self->transaction) {
        return any_write(self);
    }
    bool queued = x->received > 0 && is_status(x->tree, 0, "OK");
    bool executed = self->pipeline->batch->count > 0 && x->sent == x->length && !refused(self);
    return executed || (!queued && any_write(self));
}

static int lost(const Conversation *self, const rc_error *error)
{
    const Pipeline *pipeline = self->pipeline;
    bool changed = may_have_run(self);
    bool only_read = !changed && !self->transaction && went_out(self, 0);
    const rc_command whole = {.slot = slot_of(self),
                              .state = changed || only_read ? RC_UNKNOWN : RC_NOT_SENT,
                              .flags = only_read ? RC_COMMAND_READ : 0};
    errors_raise(errors_of_outcome(pipeline->client.state, error, &whole));
    return -1;
}

/* ---- talking ---- */

static int talk(Conversation *self, PyObject *session)
{
    rc_error error;
    rc_status status = session_object_exchange(session, &self->exchange, &error);
    if (status == RC_OK) {
        return 0;
    }
    /* A late reply is on its way, perhaps, and whoever came next would take it for his own. */
    session_object_close(session, false);
    return status == RC_INTERRUPTED ? -1 : lost(self, &error);
}

/* ---- replies ---- */

/*
 * state_of: outside a transaction the server may have refused a command, which then did not run. A
 * script can say the same in words of its own, so its errors count as replies.
 */
static rc_state state_of(const Conversation *self, const rc_command *command, size_t position)
{
    const rc_reply_tree *tree = self->exchange.tree;
    const rc_item *item = rc_reply_tree_item(tree, position);
    if (self->transaction || item->type != RC_ITEM_ERROR ||
        (command->flags & RC_COMMAND_OPAQUE) != 0) {
        return RC_REPLIED;
    }
    rc_redirect redirect = rc_redirect_parse(rc_reply_tree_text(tree, item), item->size);
    return redirect.refusal == RC_REFUSAL_NONE ? RC_REPLIED : RC_REFUSED;
}

/* results_from converts replies that stand behind one another on the reply tree. */
static PyObject *results_from(const Conversation *self, size_t position)
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

static PyObject *error_at(const Conversation *self, size_t position)
{
    const rc_reply_tree *tree = self->exchange.tree;
    const rc_item *item = rc_reply_tree_item(tree, position);
    if (item->type != RC_ITEM_ERROR) {
        Py_RETURN_NONE;
    }
    return errors_from_item(self->pipeline->client.state, tree, item);
}

/* refusals_of lists what MULTI and the commands met; *position goes on to EXEC's reply. */
static PyObject *refusals_of(const Conversation *self, size_t *position)
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

/* not_understood: whatever it was that came, the transaction may have run. */
static PyObject *not_understood(const Conversation *self, const char *what)
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
 * all_queued: MULTI was answered with +OK, and each command behind it with +QUEUED or an error.
 * After a MULTI that was refused they have answers of their own, and are not looked at.
 */
static bool all_queued(const Conversation *self)
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

static PyObject *executed(const Conversation *self, size_t position)
{
    const rc_item *item = rc_reply_tree_item(self->exchange.tree, position);
    if (item->type == RC_ITEM_NIL || item->type == RC_ITEM_ERROR) {
        return error_at(self, position); /* None for nil: a watched key has changed */
    }
    if (item->type == RC_ITEM_DROPPED) { /* it has run, and its results are lost */
        return errors_raise(
            errors_from_item(self->pipeline->client.state, self->exchange.tree, item));
    }
    if (item->type != RC_ITEM_ARRAY || item->size != self->pipeline->batch->count) {
        return not_understood(self, "EXEC was not answered with the replies to its commands");
    }
    return results_from(self, position + 1);
}

static PyObject *transaction_results(const Conversation *self)
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

/* check_commands: what goes to several nodes is no part of one conversation. */
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
    Conversation self = {.pipeline = pipeline, .transaction = transaction};
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
    if (batch != NULL && prepare(&self, batch) == 0 && talk(&self, session) == 0) {
        results = transaction ? transaction_results(&self) : results_from(&self, 0);
    }
    pipeline_end_work(pipeline);
    rc_buffer_free(&self.framed);
    return results;
}
