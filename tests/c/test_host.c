/* test_host: names and addresses are hosts, and nothing else that a server may say. */
#include "check.h"

#include "core/base/host.h"

#include <string.h>

static void names_and_addresses_are_hosts(void)
{
    static const char *const hosts[] = {
        "a",    "node-1.redis.example", "10.0.0.1", "::1", "fe80::1%eth0", "under_score", "A.B.",
        "127.1"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        CHECK(rc_host_is_valid(hosts[i], strlen(hosts[i])));
    }
}

static void anything_else_is_none(void)
{
    static const char *const others[] = {"",    ".",     ".a",    "a b",  "a\nb",     "a\x1b[2J",
                                         "a/b", "a@b",   "[::1]", "a\"b", "\xc3\xbc", "?",
                                         "a?",  "a\x7f", "a,b",   "a\\b"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        CHECK(!rc_host_is_valid(others[i], strlen(others[i])));
    }
    CHECK(!rc_host_is_valid("127.0.0.1\0.evil", 15)); /* nobody cuts it at the NUL */
}

static void a_host_has_a_length(void)
{
    char host[RC_HOST_MAX + 1];
    memset(host, 'a', sizeof host);
    CHECK(rc_host_is_valid(host, RC_HOST_MAX - 1));
    CHECK(!rc_host_is_valid(host, RC_HOST_MAX));
}

int main(void)
{
    RUN(names_and_addresses_are_hosts);
    RUN(anything_else_is_none);
    RUN(a_host_has_a_length);
    return 0;
}
