#include "core/base/stats.h"

void rc_stats_add(rc_stats *stats, const rc_tally *tally)
{
    stats->tally.commands += tally->commands;
    stats->tally.retries += tally->retries;
    stats->tally.bytes_sent += tally->bytes_sent;
    stats->tally.bytes_received += tally->bytes_received;
}

static size_t bucket_of(uint64_t microseconds)
{
    size_t bucket = 63 - (size_t)__builtin_clzll(microseconds);
    return bucket < RC_LATENCY_BUCKETS ? bucket : RC_LATENCY_BUCKETS - 1;
}

/* average goes an eighth of the way to each new value: one slow round trip changes it little. */
static void average(rc_stats *stats, uint64_t took)
{
    uint32_t recent = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
    stats->latency_recent = stats->latency_recent == 0
                                ? recent
                                : (uint32_t)(((uint64_t)stats->latency_recent * 7 + recent) / 8);
    stats->latency_recent += stats->latency_recent == 0;
}

void rc_stats_latency(rc_stats *stats, int64_t microseconds, bool typical)
{
    uint64_t took = microseconds < 1 ? 1 : (uint64_t)microseconds;
    stats->latency[bucket_of(took)]++;
    stats->latency_total += took;
    if (typical) {
        average(stats, took);
    }
}
