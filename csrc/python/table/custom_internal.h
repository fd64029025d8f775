/*
 * custom_internal: what the files of custom functions share; each has one subject, and a table of
 * its own.
 *
 * Whatever fails leaves an exception. Needs the GIL.
 */
#ifndef RC_PYTHON_CUSTOM_INTERNAL_H
#define RC_PYTHON_CUSTOM_INTERNAL_H

#include "python/table/custom.h"

typedef struct CustomName {
    const char *name;
    Custom function;
} CustomName;

extern const CustomName custom_sorted_set_names[];
extern const CustomName custom_stream_names[];
extern const CustomName custom_geo_names[];
extern const CustomName custom_key_names[];

/* custom_value is the argument for that parameter, borrowed; NULL: the method has none of it. */
PyObject *custom_value(const Call *call, const char *param);

/* custom_given: whether it is there and true; -1 with an exception, from its own __bool__. */
int custom_given(const Call *call, const char *param);

/* custom_invalid raises DataError; always -1. */
int custom_invalid(const Sink *sink, const char *message);

#endif
