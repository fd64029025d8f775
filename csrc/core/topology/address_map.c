#include "core/topology/address_map.h"

#include <stdio.h>
#include <string.h>

static bool rule_fits(const rc_remap *rule, const char *host, int port)
{
    return (rule->from_host == NULL || strcmp(rule->from_host, host) == 0) &&
           (rule->from_port == 0 || rule->from_port == port);
}

static void set_host(rc_mapped_address *address, const char *host)
{
    snprintf(address->host, sizeof address->host, "%s", host);
}

static void apply_rules(const rc_options *options, rc_mapped_address *address)
{
    for (size_t i = 0; i < options->remap_count; i++) {
        const rc_remap *rule = &options->remaps[i];
        if (rule_fits(rule, address->host, address->port)) {
            if (rule->to_host != NULL) {
                set_host(address, rule->to_host);
            }
            address->port = rule->to_port != 0 ? rule->to_port : address->port;
            address->remapped = true;
            return;
        }
    }
}

/* ask_call applies the call's own map_address, if it has one. */
static rc_status ask_call(rc_call *call, rc_mapped_address *address)
{
    if (call->map_address == NULL) {
        return RC_OK;
    }
    const rc_mapped_address before = *address;
    if (!call->map_address(call->context, address->host, &address->port)) {
        return RC_INTERRUPTED;
    }
    address->remapped |= address->port != before.port || strcmp(address->host, before.host) != 0;
    return RC_OK;
}

rc_status rc_address_map_apply(const rc_options *options, const char *host, int port,
                               const char *answering, rc_call *call, rc_mapped_address *address)
{
    set_host(address, host[0] == '\0' ? answering : host);
    address->port = port;
    address->remapped = false;
    apply_rules(options, address);
    return ask_call(call, address);
}
