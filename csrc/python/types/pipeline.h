/*
 * pipeline: the object behind ClusterPipeline.
 *
 * It is a Client whose commands go into a batch until execute() runs them all. A command that
 * cannot be queued leaves the pipeline as it was. Not meant for several threads at once; if they
 * try, commands queued while execute() waits are simply the next batch.
 */
#ifndef RC_PYTHON_PIPELINE_H
#define RC_PYTHON_PIPELINE_H

#include "python/types/client.h"

typedef struct Pipeline {
    Client client;
    rc_batch *batch;  /* NULL as long as nothing is queued */
    bool busy;        /* see pipeline_begin_work */
    PyObject *extras; /* objects that replies are converted with, by number; or NULL */
    size_t results;   /* commands as the user counts them; of the batch they can be more */
    bool cross_slot;  /* takes commands over many slots and nodes */
    bool atomic;      /* to be run between MULTI and EXEC, by the method _execute_together */
    bool immediate;   /* runs each command when it is queued, by the method _run_now */
} Pipeline;

/* What execute() works on: taken out of the pipeline, so that the pipeline is empty at once. */
typedef struct Execution {
    rc_batch *batch;
    PyObject *extras;
    size_t results;
} Execution;

/* pipeline_blocks: whether this pipeline does not take the command; an exception is set then. */
bool pipeline_blocks(Pipeline *self, const CommandSpec *spec, Py_ssize_t nargs);

/* pipeline_queue returns the pipeline itself (a new reference), for chaining. */
PyObject *pipeline_queue(Pipeline *self, const Request *request);

/* pipeline_batch is the batch with the queued commands, made if there is none yet; NULL with an
 * exception without memory. The pipeline owns it. */
rc_batch *pipeline_batch(Pipeline *self);

/* How a queued command was asked for: what a reply is converted with. All is borrowed. */
typedef struct Queueing {
    const CommandSpec *spec; /* NULL: a command that the table does not have */
    uint32_t options;
    PyObject *extra;
    const struct Fanout *fanout; /* it is the first of several commands that are one */
    bool continued;              /* it belongs to the fanout before it */
} Queueing;

/* pipeline_queueing returns how the command at `index` of the pipeline's batch was queued. */
Queueing pipeline_queueing(const Pipeline *self, size_t index);

/* pipeline_check_unused fails, with an exception, while somebody is at work on the batch: whoever
 * would look at it then could find a command half written, or the batch gone. */
int pipeline_check_unused(const Pipeline *self);

/*
 * pipeline_begin_work is called before any work on the pipeline's own batch during which Python
 * code may run: any allocation of an object may run finalizers. -1 with an exception when somebody
 * else is at work. Until pipeline_end_work the batch and its extras are the caller's alone.
 */
int pipeline_begin_work(Pipeline *self);

/* pipeline_end_work ends what pipeline_begin_work began; others may use the batch again. */
void pipeline_end_work(Pipeline *self);

/* pipeline_interrupted asks now and then, as replies are converted one after the other, whether a
 * signal ends that: true with an exception. */
bool pipeline_interrupted(size_t index);

/* pipeline_result converts the reply of the command at `index`; an exception is a result, too, but
 * for KeyboardInterrupt and the like (NULL). */
PyObject *pipeline_result(Pipeline *self, const Execution *execution, size_t index);

extern PyType_Spec pipeline_spec;

#endif
