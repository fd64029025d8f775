/*
 * node_reports: what a client has done with each node, as Python objects.
 */
#ifndef RC_PYTHON_NODE_REPORTS_H
#define RC_PYTHON_NODE_REPORTS_H

#include "python/types/cluster.h"

/* node_reports is {"host:port": {...}} of all nodes that the client has heard of. */
PyObject *node_reports(ClusterObject *self);

#endif
