/*
 * fuzz_redirect: any error text is parsed to something that can be followed, or to nothing.
 *
 * The input's first bytes make a policy and an attempt, the others are the text. What comes out
 * must be within its bounds, and an address that was understood must be understood again when
 * written.
 */
#include "core/base/crc16.h"
#include "core/execution/redirect.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        abort();
    }
}

static bool is_hop(rc_refusal refusal)
{
    return refusal == RC_REFUSAL_MOVED || refusal == RC_REFUSAL_ASK;
}

static void check_target(const rc_redirect *redirect)
{
    demand(redirect->slot >= 0 && redirect->slot < RC_SLOTS);
    demand(redirect->port >= 1 && redirect->port <= 65535);
    demand(memchr(redirect->host, '\0', sizeof redirect->host) != NULL);
    char text[RC_HOST_MAX + 64];
    int length = snprintf(text, sizeof text, "%s %d %s:%d more",
                          redirect->refusal == RC_REFUSAL_MOVED ? "MOVED" : "ASK", redirect->slot,
                          redirect->host, redirect->port);
    rc_redirect again = rc_redirect_parse(text, (size_t)length);
    demand(again.refusal == redirect->refusal && again.slot == redirect->slot);
    demand(again.port == redirect->port && strcmp(again.host, redirect->host) == 0);
}

static void check_action(rc_refusal refusal, rc_action action, int attempt,
                         const rc_retry_policy *policy)
{
    demand((refusal == RC_REFUSAL_NONE) == (action == RC_ACTION_DONE));
    demand(action != RC_ACTION_MOVED || refusal == RC_REFUSAL_MOVED);
    demand(action != RC_ACTION_ASK || refusal == RC_REFUSAL_ASK);
    if (refusal != RC_REFUSAL_NONE && attempt >= policy->rounds && attempt >= policy->down_rounds) {
        demand(action == RC_ACTION_FAIL);
    }
    rc_msec delay = rc_redirect_delay(action, attempt, policy);
    rc_msec most = action == RC_ACTION_DOWN ? 4 * policy->down_delay : policy->delay_max;
    demand(delay >= 0 && delay <= most);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < SETTINGS) {
        return 0;
    }
    rc_retry_policy policy = {.rounds = data[0] % 32,
                              .down_rounds = data[1] % 32,
                              .delay = data[2],
                              .down_delay = data[3] * INT64_C(16),
                              .delay_max = data[4] * INT64_C(65536)};
    int attempt = data[5];
    size_t length = size - SETTINGS;
    char *text = malloc(length + (length == 0)); /* no NUL behind it: the length is all there is */
    demand(text != NULL);
    memcpy(text, data + SETTINGS, length);
    rc_redirect redirect = rc_redirect_parse(text, length);
    free(text);
    if (is_hop(redirect.refusal)) {
        check_target(&redirect);
    }
    check_action(redirect.refusal, rc_redirect_decide(redirect.refusal, attempt, &policy), attempt,
                 &policy);
    return 0;
}
