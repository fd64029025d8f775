#include "python/base/errors.h"

#include "python/base/command_text.h"
#include "python/base/python_hooks.h"
#include "python/base/server_text.h"

static const char *const outcomes[] = {"not sent", "refused", "replied", "unknown"};

PyObject *errors_from_reply(State *state, const char *text, size_t length)
{
    PyObject *message = server_text(text, length);
    if (message == NULL) {
        return NULL;
    }
    PyObject *exception = PyObject_CallOneArg(state->from_reply, message);
    Py_DECREF(message);
    return exception;
}

static PyObject *from_dropped(State *state, const char *text)
{
    const rc_command answered = {.slot = RC_NO_SLOT, .state = RC_REPLIED};
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_REPLY_LIMIT, "%s", text);
    return errors_of_outcome(state, &error, &answered);
}

PyObject *errors_from_item(State *state, const rc_reply_tree *tree, const rc_item *item)
{
    const char *text = rc_reply_tree_text(tree, item);
    return item->type == RC_ITEM_DROPPED ? from_dropped(state, text)
                                         : errors_from_reply(state, text, item->size);
}

/* make returns the exception for a core error; `command` is the one that it is about, or NULL. */
static PyObject *make(State *state, const rc_error *error, const rc_command *command)
{
    bool in_slot = command != NULL && command->slot != RC_NO_SLOT;
    bool read = command != NULL && (command->flags & RC_COMMAND_READ);
    PyObject *message = server_text(error->message, strlen(error->message));
    PyObject *host = server_text(error->host, strlen(error->host));
    PyObject *exception = NULL;
    if (message != NULL && host != NULL) {
        exception = PyObject_CallFunction(
            state->from_failure, "sOOiisOss", rc_status_exception(error->status), message, host,
            error->port, in_slot ? command->slot : -1,
            outcomes[command == NULL ? RC_NOT_SENT : command->state], read ? Py_True : Py_False,
            rc_status_exception(error->cause), rc_status_text(error->cause));
    }
    Py_XDECREF(host);
    Py_XDECREF(message);
    return exception;
}

PyObject *errors_from_error(State *state, const rc_error *error)
{
    return make(state, error, NULL);
}

PyObject *errors_of_outcome(State *state, const rc_error *error, const rc_command *command)
{
    return make(state, error, command);
}

/*
 * set_fact sets an attribute of the exception and takes over the reference. A NULL fact is a
 * failure whose exception is set.
 */
static int set_fact(PyObject *exception, const char *name, PyObject *fact)
{
    int result = fact == NULL ? -1 : PyObject_SetAttrString(exception, name, fact);
    Py_XDECREF(fact);
    return result;
}

/*
 * set_answer adds node, outcome and slot of a command that has a reply. Without a reply the core's
 * error has them already.
 */
static int set_answer(PyObject *exception, rc_cluster *cluster, const rc_reply_tree *tree,
                      const rc_command *command)
{
    bool in_slot = command->slot != RC_NO_SLOT;
    if (set_fact(exception, "node", server_text_node(cluster, tree->source, tree->age)) != 0 ||
        set_fact(exception, "outcome", PyUnicode_FromString(outcomes[command->state])) != 0) {
        return -1;
    }
    return in_slot ? set_fact(exception, "slot", PyLong_FromLong(command->slot)) : 0;
}

PyObject *errors_of_command(State *state, rc_cluster *cluster, const rc_batch *batch, size_t index)
{
    const rc_command *command = &batch->commands[index];
    const rc_reply_tree *tree = rc_batch_reply(batch, command);
    PyObject *exception;
    if (tree == NULL) {
        exception = make(state, rc_batch_error(batch, command), command);
    } else {
        exception = errors_from_item(state, tree, rc_reply_tree_item(tree, command->reply));
    }
    if (exception != NULL &&
        (set_fact(exception, "command", command_text(batch, index, true)) != 0 ||
         (tree != NULL && set_answer(exception, cluster, tree, command) != 0))) {
        Py_CLEAR(exception);
    }
    return exception;
}

void errors_explain_decoding(const rc_batch *batch, size_t index)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    PyObject *command = command_text(batch, index, true);
    PyObject *done =
        command == NULL ? NULL : python_hook_call("exceptions", "explain_decoding", error, command);
    Py_XDECREF(command);
    if (done == NULL) {
        Py_XDECREF(type);
        Py_XDECREF(error);
        Py_XDECREF(traceback);
        return;
    }
    Py_DECREF(done);
    PyErr_Restore(type, error, traceback);
}

PyObject *errors_raise(PyObject *exception)
{
    if (exception != NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
        Py_DECREF(exception);
    }
    return NULL;
}
