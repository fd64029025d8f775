#include "failure.h"

static const char *const outcomes[] = {"not sent", "refused", "replied", "unknown"};

PyObject *failure_from_reply(State *state, const char *text, size_t length)
{
    PyObject *message = PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "backslashreplace");
    if (message == NULL) {
        return NULL;
    }
    PyObject *exception = PyObject_CallOneArg(state->from_reply, message);
    Py_DECREF(message);
    return exception;
}

PyObject *failure_from_error(State *state, const rc_error *error, rc_state outcome, int slot)
{
    if (error->status == RC_NOMEM) {
        return PyObject_CallFunction(PyExc_MemoryError, "s", error->message);
    }
    return PyObject_CallFunction(state->from_failure, "sssiis", rc_status_exception(error->status),
                                 error->message, error->host, error->port, slot, outcomes[outcome]);
}

PyObject *failure_of_command(State *state, const rc_batch *batch, size_t index)
{
    const rc_command *command = &batch->commands[index];
    const rc_tape *tape = rc_batch_reply(batch, command);
    if (tape != NULL) {
        const rc_item *item = rc_tape_item(tape, command->reply);
        return failure_from_reply(state, rc_tape_text(tape, item), item->size);
    }
    int slot = command->slot == RC_NO_SLOT ? -1 : command->slot;
    return failure_from_error(state, rc_batch_error(batch, command), (rc_state)command->state,
                              slot);
}

PyObject *failure_raise(PyObject *exception)
{
    if (exception != NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
        Py_DECREF(exception);
    }
    return NULL;
}
