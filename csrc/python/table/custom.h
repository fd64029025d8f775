/*
 * custom: functions for the few commands whose arguments the table's words cannot say.
 *
 * A custom function writes arguments, or only checks them and leaves the writing to the words
 * behind it.
 */
#ifndef RC_PYTHON_CUSTOM_H
#define RC_PYTHON_CUSTOM_H

#include "python/table/bind.h"

/* custom_function finds "hset" for the word &hset; NULL: there is none. */
Custom custom_function(const char *name);

#endif
