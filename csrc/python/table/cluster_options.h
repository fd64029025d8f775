/*
 * cluster_options: the keywords of Cluster(), read into what the core and the type need.
 *
 * options.def has a row for each. Needs the GIL.
 */
#ifndef RC_PYTHON_CLUSTER_OPTIONS_H
#define RC_PYTHON_CLUSTER_OPTIONS_H

#include "python/base/state.h"

#include "core/base/options.h"

/* Texts and objects are borrowed from the keywords. */
typedef struct ClusterOptions {
    rc_options core;
    char *encoding;
    char *errors;
    bool decode;
    bool hide_values;
    PyObject *address_remap; /* NULL: none */
    PyObject *observer;      /* NULL: none */
} ClusterOptions;

/*
 * cluster_options_read fills the struct; keywords that are not given have their defaults. -1 with
 * an exception that names the keyword. Either way cluster_options_free has to be called.
 */
int cluster_options_read(ClusterOptions *options, PyObject *args, PyObject *kwargs);

/* cluster_options_free frees what cluster_options_read has made, not the struct. */
void cluster_options_free(ClusterOptions *options);

/* cluster_options_describe is {keyword: type, as the stub says it}, a new reference. */
PyObject *cluster_options_describe(void);

#endif
