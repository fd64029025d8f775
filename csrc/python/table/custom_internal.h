/*
 * special_parts: what the files of specials share; each has one subject, and a table of its own.
 *
 * Whatever fails leaves an exception. Needs the GIL.
 */
#ifndef RC_PYTHON_SPECIAL_PARTS_H
#define RC_PYTHON_SPECIAL_PARTS_H

#include "python/table/custom.h"

typedef struct SpecialName {
    const char *name;
    Special function;
} SpecialName;

extern const SpecialName special_sorted_set_names[];
extern const SpecialName special_stream_names[];
extern const SpecialName special_geo_names[];
extern const SpecialName special_key_names[];

/* special_value is the argument for that parameter, borrowed; NULL: the method has none of it. */
PyObject *special_value(const Call *call, const char *param);

/* special_given: whether it is there and true; -1 with an exception, from its own __bool__. */
int special_given(const Call *call, const char *param);

/* special_refuse raises DataError; always -1. */
int special_refuse(const Sink *sink, const char *message);

#endif
