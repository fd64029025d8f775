/*
 * stats: what a client has done with one node, in numbers.
 *
 * A connection keeps a tally of its own while a call uses it; the pool adds it to the node's when
 * the connection comes back, under the lock that this takes anyway. So counting costs a few
 * additions and, for each exchange, two looks at the clock.
 */
#ifndef RC_STATS_H
#define RC_STATS_H

#include "core/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Round trips are counted by the power of two of their microseconds: 1, 2, 4 ... 2^(n-1) and more.
 */
enum { RC_LATENCY_BUCKETS = 26 };

typedef struct rc_tally {
    uint64_t commands; /* that were answered */
    uint64_t retries;  /* commands that went out after a first try had brought no reply to keep */
    uint64_t bytes_sent;
    uint64_t bytes_received;
} rc_tally;

typedef struct rc_stats {
    rc_tally tally;
    uint64_t redirects; /* MOVED and ASK that the node answered */
    uint64_t refreshes; /* slot tables that it gave */
    uint64_t connects;
    uint64_t connect_failures;
    uint64_t losses; /* exchanges that broke or ran out of time */
    uint64_t latency[RC_LATENCY_BUCKETS];
    uint64_t latency_total;  /* microseconds */
    uint32_t latency_recent; /* a moving average, in microseconds; 0: nothing measured */
} rc_stats;

/* rc_stats_add adds what a connection has counted to the numbers of its node. */
void rc_stats_add(rc_stats *stats, const rc_tally *tally);

/*
 * rc_stats_latency counts one round trip: from the first byte out to the first reply in. Only what
 * is typical goes into the average: a command may block on purpose.
 */
void rc_stats_latency(rc_stats *stats, int64_t microseconds, bool typical);

#endif
