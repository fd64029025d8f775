/*
 * cluster: the Python type around rc_cluster, base of ClusterConnectionPool.
 *
 * Shared by a client and its pipelines, and by threads. In cluster_call.c, and nowhere else, the
 * GIL is given up for the core: once per call, and taken back for a moment only when a signal came
 * in between, or when address_remap is asked about an address.
 */
#ifndef RC_PYTHON_CLUSTER_OBJECT_H
#define RC_PYTHON_CLUSTER_OBJECT_H

#include "python/table/argument.h"

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
    bool observing;                /* some call is telling it ... */
    unsigned observing_generation; /* ... in this process */
} ClusterObject;

extern PyType_Spec cluster_object_spec;

/*
 * cluster_object_execute runs the batch without the GIL. -1 with an exception when it was
 * interrupted or memory ran out; otherwise each command has its outcome.
 */
int cluster_object_execute(ClusterObject *self, rc_batch *batch, rc_msec deadline);

typedef rc_status (*ClusterFetch)(rc_cluster *cluster, rc_call *call, rc_error *error);

/* cluster_object_fetch runs one of the core's calls for the slot table: None, or NULL with an
 * exception. */
PyObject *cluster_object_fetch(ClusterObject *self, ClusterFetch function);

/*
 * cluster_object_take_batch gives an empty batch (NULL with an exception),
 * cluster_object_give_batch takes it back. Memory that was written to before is far cheaper than
 * the system's new pages.
 */
rc_batch *cluster_object_take_batch(ClusterObject *self);
void cluster_object_give_batch(ClusterObject *self, rc_batch *batch);

/* cluster_object_map is the slot map, fetched if none is known yet; NULL with an exception. */
rc_slotmap *cluster_object_map(ClusterObject *self);

/* cluster_object_session opens a connection of its own, see rc_cluster_session; NULL with an
 * exception. It has to be closed before the cluster object goes. */
rc_session *cluster_object_session(ClusterObject *self, const char *host, int port, bool readonly);

/*
 * cluster_object_exchange is rc_session_exchange without the GIL. Of its failures only an
 * interruption is an exception already; errors_from_error makes one of any other.
 */
rc_status cluster_object_exchange(rc_session *session, rc_exchange *exchange, rc_error *error);

/* cluster_object_ask is the same for a request to a primary: it ends when that has been replaced.
 */
rc_status cluster_object_ask(ClusterObject *self, rc_session *session, rc_exchange *exchange,
                             rc_error *error);

/* cluster_object_owner is rc_cluster_owner without the GIL; -1 with an exception. */
int cluster_object_owner(ClusterObject *self, int slot, rc_msec deadline, rc_node_id *owner);

/* cluster_object_serves: whether the node with this address is a primary, as far as is known. */
bool cluster_object_serves(ClusterObject *self, const char *host, int port);

/* cluster_object_wait is rc_session_wait without the GIL: 1, 0 at `until`, -1 with an exception. */
int cluster_object_wait(rc_session *const *sessions, size_t count, rc_msec until);

/* cluster_object_name makes "host:port". */
PyObject *cluster_object_name(const char *host, int port);

/*
 * cluster_object_node_name makes it of a node's number and the age of that; None if the number is
 * another node's by now.
 */
PyObject *cluster_object_node_name(rc_cluster *cluster, rc_node_id node, uint16_t age);

#endif
