/* test_address_map: the user's rules and the call's map_address, on addresses that a server named.
 */
#include "check.h"
#include "core/topology/address_map.h"
#include "text.h"

#include <string.h>

static rc_call no_mapping = {.deadline = RC_NEVER};

static void rules_change_the_addresses_that_they_fit(void)
{
    rc_remap rules[] = {{"inner", "outer", 1, 2}, {"inner", NULL, 0, 3}, {NULL, "gate", 4, 0}};
    static const struct {
        const char *host;
        int port;
        const char *mapped;
    } rows[] = {{"inner", 1, "outer:2"}, {"inner", 9, "inner:3"}, {"x", 4, "gate:4"},
                {"x", 5, "x:5"},         {"", 5, "answering:5"},  {"", 4, "gate:4"}};
    const rc_options options = {.remaps = rules, .remap_count = 3};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rc_mapped_address mapped;
        CHECK_STATUS(rc_address_map_apply(&options, rows[i].host, rows[i].port, "answering",
                                          &no_mapping, &mapped),
                     RC_OK);
        CHECK_TEXT(text_format("%s:%d", mapped.host, mapped.port), rows[i].mapped);
        CHECK_INT(mapped.remapped, rows[i].port != 5);
    }
}

/* gate is the user's map_address: everything is behind one host, and nothing at port 6. */
static bool gate(void *context, char *host, int *port)
{
    strcpy(host, context);
    *port += 1000;
    return *port != 1006;
}

static void map_address_comes_last(void)
{
    rc_remap five_for_four = {.from_port = 4, .to_port = 5};
    const rc_options options = {.remaps = &five_for_four, .remap_count = 1};
    rc_call call = {.deadline = RC_NEVER, .map_address = gate, .context = "gate"};
    rc_mapped_address mapped;
    CHECK_STATUS(rc_address_map_apply(&options, "", 4, "answering", &call, &mapped), RC_OK);
    CHECK_TEXT(mapped.host, "gate");
    CHECK_INT(mapped.port, 1005);
    CHECK(mapped.remapped);
    CHECK_STATUS(rc_address_map_apply(&options, "", 6, "answering", &call, &mapped),
                 RC_INTERRUPTED);
}

int main(void)
{
    RUN(rules_change_the_addresses_that_they_fit);
    RUN(map_address_comes_last);
    return 0;
}
