/*
 * methods: a method for every row of commands.def, and the few that are none.
 *
 * Real methods, not a __getattr__: help(), inspect.signature(), overriding and super() work. Each
 * is a trampoline that only adds its row's number.
 */
#include "client.h"

#define COMMAND(method, ...)                                                                       \
    static PyObject *call_##method(PyObject *self, PyObject *const *args, Py_ssize_t nargs,        \
                                   PyObject *kwnames)                                              \
    {                                                                                              \
        return client_method((Client *)self, ROW_##method, args, nargs, kwnames);                  \
    }
#include "commands.def"
#undef COMMAND

#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS

PyMethodDef client_methods[] = {
#define COMMAND(method, wire, reply, route, merge, flags, params, encoding, doc)                   \
    {#method, FAST(call_##method),                                                                 \
     #method "($self, " params ")\n--\n\n" doc "\n\nServer command: " wire "."},
#include "commands.def"
#undef COMMAND
    {"execute_command", FAST(client_execute_command),
     "execute_command($self, /, *args, **options)\n--\n\n"
     "Run the command whose name and arguments are given; on a pipeline, queue it.\n\n"
     "The reply is converted as the command's own method does, if it has one."},
    {"set_response_callback", client_set_response_callback, METH_VARARGS,
     "set_response_callback($self, command, callback, /)\n--\n\n"
     "Let callback(reply) convert the replies of *command*, on this client only."},
    {"set_result_callback", client_set_result_callback, METH_VARARGS,
     "set_result_callback($self, command, callback, /)\n--\n\n"
     "Let callback(command, {node name: reply}) merge what several nodes answer to *command*."},
    {0},
};
