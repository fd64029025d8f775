/*
 * address_map: the address to use for a node that a server named.
 *
 * A server in a container or behind NAT may announce an address that means nothing to this client.
 * Each address in a slot table or a redirect goes through rc_address_map_apply, and so does
 * one in a reply that the package reads. No state of its own.
 */
#ifndef RC_ADDRESS_MAP_H
#define RC_ADDRESS_MAP_H

#include "core/base/error.h"
#include "core/base/options.h"
#include "core/net/call.h"

typedef struct rc_mapped_address {
    char host[RC_HOST_MAX];
    int port;
    bool remapped; /* the user's rules or map_address have changed what the server named */
} rc_mapped_address;

/*
 * rc_address_map_apply makes *address of the host and port that a server named: an empty host is
 * `answering`, the host of that server; then the first remap rule of the options that fits applies,
 * and last the call's map_address. Blocks only if that does. RC_INTERRUPTED when it failed.
 */
rc_status rc_address_map_apply(const rc_options *options, const char *host, int port,
                               const char *answering, rc_call *call, rc_mapped_address *address);

#endif
