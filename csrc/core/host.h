/*
 * host: what may be the host of a node.
 *
 * Servers name other nodes, in slot tables and redirects, and a name that is none must neither be
 * looked up nor shown as one. Pure.
 */
#ifndef RC_HOST_H
#define RC_HOST_H

#include "error.h"

#include <stdbool.h>

/*
 * rc_host_is_valid: the text can be a name or an address: letters, digits and ".-_:%", at most 255
 * of them, no dot at the beginning. A NUL among `length` bytes makes it none.
 */
bool rc_host_is_valid(const char *text, size_t length);

#endif
