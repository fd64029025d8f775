#include "python/table/request.h"

#include "python/base/errors.h"
#include "python/base/python_hooks.h"

/* ---- execute_command's arguments ---- */

/* name_text is a word of a command's name as str. New reference; NULL with an exception. */
static PyObject *name_text(PyObject *word)
{
    if (PyBytes_Check(word)) {
        return PyUnicode_DecodeASCII(PyBytes_AS_STRING(word), PyBytes_GET_SIZE(word), "replace");
    }
    Py_INCREF(word);
    return word;
}

/* find_in_two_words joins CONFIG and GET, as they name a row together. */
static int find_in_two_words(State *state, PyObject *first, PyObject *word,
                             const CommandSpec **spec)
{
    if (!PyUnicode_Check(word) && !PyBytes_Check(word)) {
        return 0;
    }
    PyObject *second = name_text(word);
    PyObject *joined = second == NULL ? NULL : PyUnicode_FromFormat("%U %U", first, second);
    int result = joined == NULL ? -1 : spec_by_wire_name(state, joined, spec);
    Py_XDECREF(joined);
    Py_XDECREF(second);
    return result;
}

/* find_row finds the row that the arguments name, or NULL. */
static int find_row(State *state, PyObject *const *args, Py_ssize_t nargs, const CommandSpec **spec)
{
    PyObject *name = name_text(args[0]);
    int result = name == NULL ? -1 : spec_by_wire_name(state, name, spec);
    if (result == 0 && nargs > 1 && (*spec == NULL || (*spec)->container)) {
        const CommandSpec *longer = NULL;
        result = find_in_two_words(state, name, args[1], &longer);
        *spec = longer != NULL ? longer : *spec;
    }
    Py_XDECREF(name);
    return result;
}

/*
 * take_general_option takes an option that any command may have. 1: it is not one; -1 with an
 * exception.
 */
static int take_general_option(Request *request, PyObject *name, PyObject *value)
{
    if (PyUnicode_CompareWithASCIIString(name, "target_nodes") == 0) {
        request->targets = value == Py_None ? NULL : value;
        return 0;
    }
    if (PyUnicode_CompareWithASCIIString(name, "NEVER_DECODE") == 0) {
        request->options |= REQUEST_BYTES;
        return 0;
    }
    if (PyUnicode_CompareWithASCIIString(name, "read_from_replicas") == 0) {
        int truth = PyObject_IsTrue(value);
        request->primary = truth == 0;
        return truth < 0 ? -1 : 0;
    }
    if (PyUnicode_CompareWithASCIIString(name, "command_timeout") == 0) {
        return argument_timeout(value, "command_timeout", &request->timeout);
    }
    return 1;
}

/*
 * take_option takes a keyword like withscores=True, and sets the option bit that the parameter's
 * word sets.
 */
static int take_option(Request *request, PyObject *name, PyObject *value)
{
    const CommandSpec *spec = request->spec;
    int result = take_general_option(request, name, value);
    if (result <= 0) {
        return result;
    }
    for (int i = 0; spec != NULL && i < spec->op_count; i++) {
        const Op *op = &spec->ops[i];
        if (op->option != 0 && PyUnicode_Compare(spec->params[op->param].name, name) == 0) {
            int truth = PyObject_IsTrue(value);
            request->options |= truth > 0 ? op->option : 0;
            return truth < 0 ? -1 : 0;
        }
    }
    if (spec != NULL && spec->extra_param >= 0 &&
        PyUnicode_Compare(spec->params[spec->extra_param].name, name) == 0) {
        request->extra = value == Py_None ? NULL : value;
    }
    return 0;
}

static void take_row(Request *request)
{
    const CommandSpec *spec = request->spec;
    request->read = spec->flags & SPEC_READ;
    int step = spec->flags & SPEC_PAIRS ? 2 : 1;
    request->place = (KeyPlace){spec->key_at, spec->count_at, spec->key_word, spec->key_from, step};
}

bool request_is_unlisted(const Request *request)
{
    return request->spec == NULL || (request->spec->key_at < 0 && request->spec->key_word == NULL);
}

int request_from_arguments(Request *request, State *state, PyObject *const *args, Py_ssize_t nargs,
                           PyObject *kwnames)
{
    if (nargs == 0) {
        PyErr_SetString(state->cluster_exception, "Unable to determine command to use");
        return -1;
    }
    if (!PyUnicode_Check(args[0]) && !PyBytes_Check(args[0])) {
        PyErr_Format(state->data_error, "the command's name must be str or bytes, not '%s'",
                     Py_TYPE(args[0])->tp_name);
        return -1;
    }
    *request = (Request){.args = args, .nargs = nargs};
    if (find_row(state, args, nargs, &request->spec) != 0) {
        return -1;
    }
    if (request->spec != NULL) {
        take_row(request);
    }
    Py_ssize_t options = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t i = 0; i < options; i++) {
        if (take_option(request, PyTuple_GET_ITEM(kwnames, i), args[nargs + i]) != 0) {
            return -1;
        }
    }
    return 0;
}

const char *request_name(const Request *request)
{
    if (request->spec != NULL) {
        return request->spec->wire;
    }
    PyObject *name = request->args[0];
    const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : PyBytes_AsString(name);
    if (text == NULL) {
        PyErr_Clear(); /* raise the message that asks for the name */
        return "?";
    }
    return text;
}

/* ---- writing ---- */

static Sink make_sink(const Request *request, State *state, const Codec *codec)
{
    return (Sink){.state = state,
                  .codec = codec,
                  .slot = RC_NO_SLOT,
                  .counted = -1,
                  .options = request->options,
                  .extra = request->extra,
                  .method = request->spec != NULL ? request->spec->method : "execute_command"};
}

/* write_name splits a name like "CLIENT LIST", which the server wants as two arguments. */
static int write_name(Sink *sink, PyObject *name, Py_ssize_t *words)
{
    /* A name is ASCII on the wire, whatever the encoding of the values. */
    Py_ssize_t length = PyBytes_Check(name) ? PyBytes_GET_SIZE(name) : 0;
    const char *text =
        PyBytes_Check(name) ? PyBytes_AS_STRING(name) : PyUnicode_AsUTF8AndSize(name, &length);
    if (text == NULL) {
        return -1;
    }
    const char *end = text + length;
    *words = 0;
    int result = 0;
    for (const char *word = text; result == 0 && word <= end;) {
        const char *space = memchr(word, ' ', (size_t)(end - word));
        const char *stop = space == NULL ? end : space;
        if (rc_batch_argument(sink->batch, word, (size_t)(stop - word)) != RC_OK) {
            PyErr_NoMemory();
            result = -1;
        }
        ++*words;
        word = stop + 1;
    }
    return result;
}

static int write_argument(Sink *sink, PyObject *value, Py_ssize_t place, Py_ssize_t key_at,
                          Py_ssize_t slot_at)
{
    return place == key_at    ? sink_key(sink, value, "key")
           : place == slot_at ? sink_slot(sink, value, "slot")
                              : sink_value(sink, value, "argument");
}

static int write_arguments(const Request *request, Sink *sink)
{
    Py_ssize_t words;
    if (write_name(sink, request->args[0], &words) != 0) {
        return -1;
    }
    /*
     * Usually the key's place is known. Otherwise it is looked for when all arguments are written.
     */
    Py_ssize_t key_at = request->place.count == 0 ? request->place.key : 0;
    Py_ssize_t slot_at = request->spec == NULL ? 0 : request->spec->slot_at;
    for (Py_ssize_t i = 1; i < request->nargs; i++) {
        if (write_argument(sink, request->args[i], i + words - 1, key_at, slot_at) != 0) {
            return -1;
        }
    }
    return 0;
}

static int write_call(const Request *request, Sink *sink)
{
    const CommandSpec *spec = request->spec;
    if (rc_batch_encoded(sink->batch, spec->prefix, spec->prefix_length, spec->prefix_words) !=
        RC_OK) {
        PyErr_NoMemory();
        return -1;
    }
    return call_write(request->call, sink);
}

static size_t expected_arguments(const Request *request)
{
    if (request->call == NULL) {
        return (size_t)request->nargs;
    }
    const CommandSpec *spec = request->spec;
    return spec->prefix_words + (size_t)spec->op_count + (size_t)request->call->rest_count;
}

static bool needs_key(const Request *request)
{
    if (request->spec == NULL) {
        return request->place.key != 0;
    }
    Route route = request->spec->route;
    return route == ROUTE_KEY || route == ROUTE_SPLIT || route == ROUTE_CROSS_SLOT ||
           route == ROUTE_SLOT;
}

static int missing_key(const Request *request, State *state)
{
    PyErr_Format(state->cluster_exception,
                 "No way to dispatch this command to Redis Cluster. Missing key. (%s)",
                 request_name(request));
    return -1;
}

void request_undo(rc_batch *batch)
{
    rc_batch_undo(batch);
}

static int crossed_slots(const CommandSpec *spec, State *state, uint16_t slot, uint16_t other)
{
    PyErr_Format(state->cluster_exception,
                 "%s - all keys must map to the same key slot, and these are in slots %d and %d; "
                 "keys with the same {hash tag} share one",
                 spec->wire, slot, other);
    return -1;
}

/* check_arguments gives a command of bare arguments its slot, if it may run at all. */
static int check_arguments(const Request *request, State *state, rc_batch *batch, bool pinned)
{
    size_t index = batch->count - 1;
    rc_command *command = &batch->commands[index];
    const CommandSpec *spec = request->spec;
    if (command->slot == RC_NO_SLOT && !argv_slot(batch, index, &request->place, &command->slot)) {
        return missing_key(request, state);
    }
    if (pinned || spec == NULL || !(spec->flags & SPEC_ONE_SLOT)) {
        return 0;
    }
    uint16_t other = argv_other_slot(batch, index, &request->place);
    return other == RC_NO_SLOT ? 0 : crossed_slots(spec, state, command->slot, other);
}

/* check_call: a method's keys were written by its row, and some rows want them all in one slot. */
static int check_call(const Request *request, const Sink *sink)
{
    const CommandSpec *spec = request->spec;
    if (sink->crossed && (spec->flags & SPEC_ONE_SLOT)) {
        return crossed_slots(spec, sink->state, sink->slot, sink->other_slot);
    }
    bool keyless = spec->count_at > 0; /* the number of keys may be 0 */
    if (sink->slot == RC_NO_SLOT && needs_key(request) && !keyless) {
        return missing_key(request, sink->state);
    }
    return 0;
}

/* note_wait notes in the batch how long its last command may block on the server. */
static int note_wait(const CommandSpec *spec, rc_batch *batch)
{
    rc_msec wait = argv_wait(batch, batch->count - 1, &spec->wait);
    if (wait != 0 && rc_batch_block(batch, wait) != RC_OK) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int finish(const Request *request, const Sink *sink, rc_node_id node, Queued *queued)
{
    bool pinned = node != RC_NO_NODE;
    bool opaque = request->spec == NULL || (request->spec->flags & SPEC_OPAQUE);
    uint8_t flags =
        (uint8_t)((request->read ? RC_COMMAND_READ : 0) | (pinned ? RC_COMMAND_PINNED : 0) |
                  (request->primary ? RC_COMMAND_PRIMARY : 0) | (opaque ? RC_COMMAND_OPAQUE : 0));
    rc_command *command = rc_batch_end(sink->batch, sink->slot, flags, 0);
    if (command == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    command->node = node;
    if (request->spec != NULL && (request->spec->flags & SPEC_BLOCKING) &&
        note_wait(request->spec, sink->batch) != 0) {
        request_undo(sink->batch);
        return -1;
    }
    int result = request->call != NULL ? (pinned ? 0 : check_call(request, sink))
                                       : check_arguments(request, sink->state, sink->batch, pinned);
    if (result != 0) {
        request_undo(sink->batch);
        return -1;
    }
    *queued = (Queued){sink->batch->count - 1, sink->options, sink->extra, sink->crossed};
    return 0;
}

int request_queue(const Request *request, State *state, const Codec *codec, rc_batch *batch,
                  rc_node_id node, Queued *queued)
{
    Sink sink = make_sink(request, state, codec);
    sink.batch = batch;
    if (rc_batch_begin(batch, expected_arguments(request)) != RC_OK) {
        PyErr_NoMemory();
        return -1;
    }
    int result =
        request->call != NULL ? write_call(request, &sink) : write_arguments(request, &sink);
    if (result != 0) {
        rc_batch_abandon(batch);
        return -1;
    }
    return finish(request, &sink, node, queued);
}

PyObject *request_objects(const Request *request, State *state, const Codec *codec, Queued *queued)
{
    PyObject *objects = PyList_New(0);
    if (objects == NULL) {
        return NULL;
    }
    Sink sink = make_sink(request, state, codec);
    sink.objects = objects;
    int result = 0;
    if (request->call != NULL) {
        result = sink_text(&sink, request->spec->wire);
        result = result == 0 ? call_write(request->call, &sink) : result;
    }
    for (Py_ssize_t i = 0; request->call == NULL && result == 0 && i < request->nargs; i++) {
        result = PyList_Append(objects, request->args[i]);
    }
    *queued = (Queued){.options = sink.options, .extra = sink.extra};
    if (result != 0) {
        Py_CLEAR(objects);
    }
    return objects;
}

PyObject *request_keywords(const CommandSpec *spec, uint32_t options, PyObject *extra)
{
    PyObject *dict = PyDict_New();
    for (int i = 0; dict != NULL && i < spec->op_count; i++) {
        const Op *op = &spec->ops[i];
        if ((op->option & options) &&
            PyDict_SetItem(dict, spec->params[op->param].name, Py_True) != 0) {
            Py_CLEAR(dict);
        }
    }
    if (dict != NULL && extra != NULL && spec->extra_param >= 0 &&
        PyDict_SetItem(dict, spec->params[spec->extra_param].name, extra) != 0) {
        Py_CLEAR(dict);
    }
    return dict;
}

PyObject *request_options(const Request *request, const Queued *queued)
{
    PyObject *dict = request_keywords(request->spec, queued->options, queued->extra);
    if (dict != NULL && request->targets != NULL &&
        PyDict_SetItemString(dict, "target_nodes", request->targets) != 0) {
        Py_CLEAR(dict);
    }
    return dict;
}

/* ---- replies ---- */

/* has_failed: the command at `index` has no reply, or an error. */
static bool has_failed(const rc_batch *batch, size_t index)
{
    const rc_command *command = &batch->commands[index];
    const rc_reply_tree *tree = rc_batch_reply(batch, command);
    return tree == NULL || rc_reply_tree_is_failure(rc_reply_tree_item(tree, command->reply));
}

/*
 * is_own_callback: whether the function is the row's own conversion. Programs that copy the table
 * of response callbacks set those. 1 or 0; -1 with an exception.
 */
static int is_own_callback(State *state, PyObject *name, PyObject *callback)
{
    if (state->default_callbacks == NULL) {
        state->default_callbacks =
            python_hook_function("_legacy.command_tables", "RESPONSE_CALLBACKS");
        if (state->default_callbacks == NULL) {
            return -1;
        }
    }
    PyObject *own = PyDict_GetItemWithError(state->default_callbacks, name); /* borrowed */
    return own == NULL && PyErr_Occurred() ? -1 : own == callback;
}

/*
 * user_callback is the user's callback for this command. A new reference, as decoding the reply may
 * run code that removes it. NULL: there is none, or an exception is set.
 */
static PyObject *user_callback(const Conversion *conversion, const CommandSpec *spec)
{
    if (conversion->callbacks == NULL || PyDict_GET_SIZE(conversion->callbacks) == 0 ||
        spec == NULL) {
        return NULL;
    }
    PyObject *name = PyUnicode_FromString(spec->wire);
    if (name == NULL) {
        return NULL;
    }
    PyObject *callback = PyDict_GetItemWithError(conversion->callbacks, name); /* borrowed */
    Py_XINCREF(callback);
    if (callback != NULL && is_own_callback(conversion->state, name, callback) != 0) {
        Py_CLEAR(callback);
    }
    Py_DECREF(name);
    return callback;
}

/*
 * call_python calls the row's Python function with the plain reply, and with the options as
 * keywords.
 */
static PyObject *call_python(PyObject *function, const CommandSpec *spec, Reply *reply)
{
    PyObject *raw = reply_raw(reply);
    if (raw == NULL) {
        return NULL;
    }
    PyObject *result = NULL;
    if (reply->options == 0 && reply->extra == NULL) {
        result = PyObject_CallOneArg(function, raw);
    } else {
        PyObject *options = request_keywords(spec, reply->options, reply->extra);
        result = options == NULL ? NULL : PyObject_VectorcallDict(function, &raw, 1, options);
        Py_XDECREF(options);
    }
    Py_DECREF(raw);
    return result;
}

/* convert applies the row's conversion, without the user's callbacks. */
static PyObject *convert(Reply *reply, const CommandSpec *spec, bool bytes)
{
    if (bytes || (spec != NULL && spec->server_text)) {
        reply->codec = &reply_as_bytes;
    }
    if (spec == NULL) {
        return reply_raw(reply);
    }
    return spec->reply != NULL ? spec->reply(reply) : call_python(spec->python_reply, spec, reply);
}

PyObject *request_reply(const Conversion *conversion, size_t index, const CommandSpec *spec,
                        uint32_t options, PyObject *extra)
{
    const rc_batch *batch = conversion->batch;
    const rc_command *command = &batch->commands[index];
    if (has_failed(batch, index)) {
        return errors_raise(
            errors_of_command(conversion->state, conversion->cluster, batch, index));
    }
    Reply reply = {.state = conversion->state,
                   .codec = conversion->codec,
                   .tree = rc_batch_reply(batch, command),
                   .position = command->reply,
                   .options = options & ~(uint32_t)REQUEST_BYTES,
                   .extra = extra};
    bool bytes = options & REQUEST_BYTES;
    PyObject *callback = bytes ? NULL : user_callback(conversion, spec);
    if (callback == NULL && PyErr_Occurred()) {
        return NULL;
    }
    if (callback != NULL) {
        PyObject *result = call_python(callback, spec, &reply);
        Py_DECREF(callback);
        return result;
    }
    PyObject *result = convert(&reply, spec, bytes);
    if (result == NULL && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        errors_explain_decoding(batch, index);
    }
    return result;
}
