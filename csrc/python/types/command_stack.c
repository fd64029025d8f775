#include "python/types/command_stack.h"

#include "python/base/python_hooks.h"
#include "python/run/fanout.h"

/* ---- arguments ---- */

/* decoded is text where the client's encoding can read it, else bytes. */
static PyObject *decoded(const Codec *codec, const char *data, size_t length)
{
    PyObject *text = PyUnicode_Decode(data, (Py_ssize_t)length, codec->encoding, codec->errors);
    if (text != NULL || !PyErr_ExceptionMatches(PyExc_UnicodeError)) {
        return text;
    }
    PyErr_Clear();
    return PyBytes_FromStringAndSize(data, (Py_ssize_t)length);
}

/* decode_words lists what goes to the wire; the name's words are ASCII in every encoding. */
static PyObject *decode_words(const Codec *codec, const rc_batch *batch, size_t index)
{
    PyObject *words = PyList_New(0);
    const char *cursor = NULL;
    const char *data;
    size_t length;
    while (words != NULL && rc_batch_next_argument(batch, index, &cursor, &data, &length)) {
        bool name = PyList_GET_SIZE(words) == 0;
        PyObject *word = name ? PyUnicode_DecodeUTF8(data, (Py_ssize_t)length, "replace")
                              : decoded(codec, data, length);
        if (word == NULL || PyList_Append(words, word) != 0) {
            Py_CLEAR(words);
        }
        Py_XDECREF(word);
    }
    return words;
}

/* join_name makes one word of a name like CONFIG GET, as execute_command takes it. */
static int join_name(PyObject *words, const CommandSpec *spec)
{
    Py_ssize_t count = spec == NULL ? 1 : (Py_ssize_t)spec->prefix_words;
    if (count < 2 || PyList_GET_SIZE(words) < count) {
        return 0;
    }
    PyObject *name = PyUnicode_FromString(spec->wire);
    if (name == NULL || PyList_SetSlice(words, 1, count, NULL) != 0) {
        Py_XDECREF(name);
        return -1;
    }
    return PyList_SetItem(words, 0, name);
}

/* arguments_of is the tuple that execute_command would take. */
static PyObject *arguments_of(const Pipeline *self, const rc_batch *batch, size_t index,
                              const Queueing *queueing)
{
    const Fanout *fanout = queueing->fanout;
    if (fanout != NULL && fanout->split.objects != NULL) {
        return PyList_AsTuple(fanout->split.objects); /* in the caller's order, not by slots */
    }
    PyObject *words = decode_words(&self->client.pool->codec, batch, index);
    PyObject *arguments =
        words == NULL || join_name(words, queueing->spec) != 0 ? NULL : PyList_AsTuple(words);
    Py_XDECREF(words);
    return arguments;
}

/* ---- commands ---- */

static PyObject *options_of(const Queueing *queueing)
{
    return queueing->spec == NULL
               ? PyDict_New()
               : request_keywords(queueing->spec, queueing->options, queueing->extra);
}

static PyObject *make_command(const Pipeline *self, const rc_batch *batch, size_t index,
                              const Queueing *queueing, PyObject *type, Py_ssize_t position)
{
    PyObject *arguments = arguments_of(self, batch, index, queueing);
    PyObject *options = arguments == NULL ? NULL : options_of(queueing);
    PyObject *command =
        options == NULL ? NULL : PyObject_CallFunction(type, "OOn", arguments, options, position);
    Py_XDECREF(options);
    Py_XDECREF(arguments);
    return command;
}

static PyObject *list_commands(const Pipeline *self, PyObject *type)
{
    const rc_batch *batch = self->batch;
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && batch != NULL && i < batch->count; i++) {
        Queueing queueing = pipeline_queueing(self, i);
        if (queueing.continued) {
            continue;
        }
        PyObject *command = make_command(self, batch, i, &queueing, type, PyList_GET_SIZE(list));
        if (command == NULL || PyList_Append(list, command) != 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(command);
    }
    return list;
}

PyObject *command_stack(PyObject *pipeline, void *ignored)
{
    (void)ignored;
    Pipeline *self = (Pipeline *)pipeline;
    PyObject *type = python_hook_function("_commands.queued", "PipelineCommand");
    if (type == NULL || pipeline_begin_work(self) != 0) {
        Py_XDECREF(type);
        return NULL;
    }
    PyObject *list = list_commands(self, type);
    pipeline_end_work(self);
    Py_DECREF(type);
    PyObject *tuple = list == NULL ? NULL : PyList_AsTuple(list);
    Py_XDECREF(list);
    return tuple;
}
