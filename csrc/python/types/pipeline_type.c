/*
 * pipeline_type: the type Pipeline, a Client that queues.
 *
 * It has an execute_command of its own, so that whoever patches the client's to trace commands as
 * they run does not get those that are only queued.
 */
#include "python/types/pipeline_type.h"

#include "python/run/dispatch.h"
#include "python/run/transaction.h"
#include "python/types/command_stack.h"
#include "python/types/pipeline.h"

#include <structmember.h>

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
    {"converse", (PyCFunction)(void (*)(void))converse, METH_VARARGS | METH_KEYWORDS,
     "converse($self, /, session, transaction=False, timeout=None)\n--\n\n"
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
