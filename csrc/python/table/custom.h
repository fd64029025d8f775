/*
 * special: the few commands whose arguments the table's words cannot say.
 *
 * A special writes arguments, or only checks them and leaves the writing to the words behind it.
 */
#ifndef RC_PYTHON_SPECIAL_H
#define RC_PYTHON_SPECIAL_H

#include "python/table/bind.h"

/* special_function finds "hset" for the word &hset; NULL: there is none. */
Special special_function(const char *name);

#endif
