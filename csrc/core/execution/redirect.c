#include "core/execution/redirect.h"

#include "core/base/crc16.h"
#include "core/base/host.h"

#include <string.h>

static const struct {
    const char *word;
    rc_refusal refusal;
} refusals[] = {
    {"MOVED", RC_REFUSAL_MOVED},
    {"ASK", RC_REFUSAL_ASK},
    {"TRYAGAIN", RC_REFUSAL_TRYAGAIN},
    {"CLUSTERDOWN", RC_REFUSAL_CLUSTERDOWN},
    {"MASTERDOWN", RC_REFUSAL_MASTERDOWN},
    {"LOADING", RC_REFUSAL_LOADING},
    {"READONLY", RC_REFUSAL_READONLY},
    {"UNBLOCKED force unblock",
     RC_REFUSAL_READONLY}, /* the command blocked when the node became a replica */
};

static rc_refusal classify(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        size_t word = strlen(refusals[i].word);
        if (length >= word && memcmp(text, refusals[i].word, word) == 0 &&
            (length == word || text[word] == ' ')) {
            return refusals[i].refusal;
        }
    }
    return RC_REFUSAL_NONE;
}

/* number reads decimal digits up to `end` only; -1 when there is anything else, or too much. */
static int number(const char *text, const char *end, int most)
{
    int value = 0;
    if (text == end) {
        return -1;
    }
    for (; text < end; text++) {
        if (*text < '0' || *text > '9') {
            return -1;
        }
        value = value * 10 + (*text - '0');
        if (value > most) {
            return -1;
        }
    }
    return value;
}

static const char *find_last(const char *text, const char *end, char wanted)
{
    while (end > text) {
        if (*--end == wanted) {
            return end;
        }
    }
    return NULL;
}

/* parse_address reads host:port; an IPv6 host has colons of its own, so the last one counts. */
static bool parse_address(rc_redirect *redirect, const char *text, const char *end)
{
    const char *colon = find_last(text, end, ':');
    if (colon == NULL || colon - text >= RC_HOST_MAX) {
        return false;
    }
    redirect->port = number(colon + 1, end, 65535);
    /* A node that does not know its own address says '?', or nothing: the one that answered. */
    bool unknown = colon == text || (*text == '?' && colon == text + 1);
    size_t length = unknown ? 0 : (size_t)(colon - text);
    if (!unknown && !rc_host_is_valid(text, length)) {
        return false;
    }
    memcpy(redirect->host, text, length);
    redirect->host[length] = '\0';
    return redirect->port > 0;
}

/*
 * parse_target reads "3999 127.0.0.1:6381", what stands behind MOVED and ASK. More words may
 * follow, as future servers may add some.
 */
static bool parse_target(rc_redirect *redirect, const char *text, const char *end)
{
    const char *space = memchr(text, ' ', (size_t)(end - text));
    if (space == NULL) {
        return false;
    }
    redirect->slot = number(text, space, RC_SLOTS - 1);
    const char *address = space + 1;
    const char *address_end = memchr(address, ' ', (size_t)(end - address));
    return redirect->slot >= 0 &&
           parse_address(redirect, address, address_end == NULL ? end : address_end);
}

rc_redirect rc_redirect_parse(const char *text, size_t length)
{
    rc_redirect redirect = {.refusal = classify(text, length), .slot = -1};
    bool hop = redirect.refusal == RC_REFUSAL_MOVED || redirect.refusal == RC_REFUSAL_ASK;
    const char *space = hop ? memchr(text, ' ', length) : NULL;
    if (hop && (space == NULL || !parse_target(&redirect, space + 1, text + length))) {
        redirect.refusal = RC_REFUSAL_NONE;
    }
    return redirect;
}

/* While a slot moves, two nodes may redirect to each other. After so many hops a call waits. */
enum { FREE_HOPS = 4 };

rc_action rc_redirect_decide(rc_refusal refusal, int attempt, const rc_retry_policy *policy)
{
    bool down = rc_redirect_patience(refusal) == RC_PATIENCE_DOWN;
    int rounds = down ? policy->down_rounds : policy->rounds;
    if (refusal != RC_REFUSAL_NONE && attempt >= rounds) {
        return RC_ACTION_FAIL;
    }
    switch (refusal) {
    case RC_REFUSAL_MOVED:
        return RC_ACTION_MOVED;
    case RC_REFUSAL_ASK:
        return RC_ACTION_ASK;
    case RC_REFUSAL_TRYAGAIN:
    case RC_REFUSAL_LOADING:
        return RC_ACTION_AGAIN;
    case RC_REFUSAL_CLUSTERDOWN:
    case RC_REFUSAL_MASTERDOWN:
        return RC_ACTION_DOWN;
    case RC_REFUSAL_READONLY:
        return RC_ACTION_REFRESH;
    case RC_REFUSAL_NONE:
        break;
    }
    return RC_ACTION_DONE;
}

rc_msec rc_redirect_delay(rc_action action, int attempt, const rc_retry_policy *policy)
{
    bool hop = action == RC_ACTION_MOVED || action == RC_ACTION_ASK;
    if (hop && attempt < FREE_HOPS) {
        return 0;
    }
    if (action == RC_ACTION_DOWN) {
        return rc_backoff(attempt, policy->down_delay, 4 * policy->down_delay);
    }
    return rc_backoff(hop ? attempt - FREE_HOPS : attempt, policy->delay, policy->delay_max);
}

rc_patience rc_redirect_patience(rc_refusal refusal)
{
    switch (refusal) {
    case RC_REFUSAL_MOVED:
    case RC_REFUSAL_ASK:
        return RC_PATIENCE_HOP;
    case RC_REFUSAL_CLUSTERDOWN:
    case RC_REFUSAL_MASTERDOWN:
        return RC_PATIENCE_DOWN;
    default:
        return RC_PATIENCE_AGAIN;
    }
}
