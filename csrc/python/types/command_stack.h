/*
 * command_stack: a pipeline's queued commands as objects, made from the batch when asked for: the
 * pipeline keeps bytes, no objects. Needs the GIL.
 */
#ifndef RC_PYTHON_COMMAND_STACK_H
#define RC_PYTHON_COMMAND_STACK_H

#include "python/types/pipeline.h"

/* command_stack is a tuple of PipelineCommand, one for each command as the user counts them; NULL
 * with an exception, RuntimeError while somebody is at work on the batch. */
PyObject *command_stack(PyObject *pipeline, void *ignored);

#endif
