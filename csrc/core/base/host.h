/*
 * host: what may be the host of a node.
 *
 * Servers name other nodes in slot tables and redirects. A text that can be no host must not be
 * given to the resolver, nor stand in messages as an address. Pure.
 */
#ifndef RC_HOST_H
#define RC_HOST_H

#include "core/base/error.h"

#include <stdbool.h>

/*
 * rc_host_is_valid: the text can be a name or an address: letters, digits and ".-_:%", at most 255
 * of them, no dot at the beginning. A NUL among `length` bytes makes it none.
 */
bool rc_host_is_valid(const char *text, size_t length);

#endif
