/*
 * cluster: the Python type around rc_cluster, base of ClusterConnectionPool.
 *
 * Shared by a client and its pipelines, and by threads. The core is called in
 * run/cluster_call.c, which gives up the GIL.
 */
#ifndef RC_PYTHON_CLUSTER_H
#define RC_PYTHON_CLUSTER_H

#include "python/base/codec.h"
#include "python/base/state.h"

#include "core/cluster.h"

enum { SPARE_BATCHES = 4 };

typedef struct ClusterObject {
    PyObject_HEAD State *state;
    rc_cluster *cluster; /* NULL before __init__ */
    Codec codec;
    char *encoding; /* what codec points at */
    char *errors;
    bool hide_values;               /* messages of pipelines show no values */
    rc_batch *spare[SPARE_BATCHES]; /* empty ones, with memory that has been used before */
    int spare_count;
    PyObject *address_remap;       /* (host, port) -> (host, port), or NULL */
    PyObject *observer;            /* (event, node, target, slot, text): told of events, or NULL */
    bool observing;                /* a call is delivering events to the observer */
    unsigned observing_generation; /* the process in which it does (rc_fork_generation) */
} ClusterObject;

extern PyType_Spec cluster_object_spec;

/*
 * cluster_object_take_batch gives an empty batch, which the caller gives back or frees; NULL with
 * an exception. Batches are kept, as memory that was written to before is far cheaper than the
 * system's new pages.
 */
rc_batch *cluster_object_take_batch(ClusterObject *self);

/* cluster_object_give_batch empties the batch and takes it over. */
void cluster_object_give_batch(ClusterObject *self, rc_batch *batch);

#endif
