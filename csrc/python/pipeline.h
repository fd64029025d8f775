/*
 * pipeline: the Python type that queues commands, base of ClusterPipeline.
 *
 * It is a Client whose commands go into a batch until execute() runs them all. A command that
 * cannot be queued leaves the pipeline as it was. Not meant for several threads at once; if they
 * try, commands queued while execute() waits are simply the next batch.
 */
#ifndef RC_PYTHON_PIPELINE_H
#define RC_PYTHON_PIPELINE_H

#include "client.h"

typedef struct Pipeline {
    Client client;
    rc_batch *batch;  /* NULL as long as nothing is queued */
    bool writing;     /* a command is half written, and Python code may be running */
    PyObject *extras; /* objects that replies are converted with, by number; or NULL */
} Pipeline;

extern PyType_Spec pipeline_spec;

/* pipeline_refuses: cluster pipelines do not take this command; then an exception is set. */
bool pipeline_refuses(Pipeline *self, const Row *row, Py_ssize_t nargs);

/* pipeline_queue returns the pipeline itself (a new reference), for chaining. */
PyObject *pipeline_queue(Pipeline *self, const Request *request);

#endif
