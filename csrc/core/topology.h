/*
 * topology: who serves what, as the cluster itself says (CLUSTER SLOTS).
 *
 * Holds the current slotmap and replaces it whole. Only one thread of a client fetches at a time;
 * those who need a newer map wait for its result. The user's startup nodes are asked whenever the
 * known ones do not answer.
 */
#ifndef RC_TOPOLOGY_H
#define RC_TOPOLOGY_H

#include "discovery.h"

typedef struct rc_topology {
    rc_guard *guard;
    rc_pool *pool;
    const rc_options *options;
    rc_slotmap *map;           /* never NULL after rc_topology_init */
    rc_slotmap *fetched;       /* as it was before MOVEDs changed it; NULL before the first fetch */
    uint64_t version;          /* how often a map was fetched */
    uint64_t changes;          /* how often the map became another, by a fetch or a MOVED */
    bool fetching;             /* by some thread ... */
    pthread_t fetcher;         /* ... this one ... */
    unsigned fetch_generation; /* ... of this process */
    uint64_t fetches;          /* that have ended, well or not ... */
    rc_error failure;          /* ... and why the last that did not end well did not */
    rc_msec fetched_at;        /* the map */
    rc_msec next_fetch;        /* for the sake of a MOVED: not before */
    int moved;                 /* MOVEDs since then */
} rc_topology;

rc_status rc_topology_init(rc_topology *topology, rc_guard *guard, rc_pool *pool,
                           const rc_options *options);
void rc_topology_free(rc_topology *topology);

/* rc_topology_map is the current snapshot, counted for the caller, and its version. */
rc_slotmap *rc_topology_map(rc_topology *topology, uint64_t *version);

/* rc_topology_count is how often the map has changed, and how many MOVEDs came since its fetch. */
void rc_topology_count(rc_topology *topology, uint64_t *changes, int *moved);

/*
 * rc_topology_refresh sees to it that the map is newer than `seen`: it fetches one, or waits for
 * the thread that does. Blocks. On failure the old map stays and *error lists each node that was
 * asked.
 */
rc_status rc_topology_refresh(rc_topology *topology, uint64_t seen, rc_call *call, rc_error *error);

/* rc_topology_is_fresh: the map was fetched after that moment. */
bool rc_topology_is_fresh(rc_topology *topology, rc_msec since);

/*
 * For a fetch that goes on beside a call: rc_topology_claim makes it the caller's to fetch, unless
 * another thread does; then it has to end with rc_topology_publish, which owns the map. Without a
 * map (NULL) *error says why there is none: RC_INTERRUPTED says nothing of the cluster.
 */
bool rc_topology_claim(rc_topology *topology);
void rc_topology_publish(rc_topology *topology, rc_slotmap *map, const rc_error *error);

/*
 * rc_topology_moved learns from the MOVEDs of one round. True when they are news and should make
 * the caller fetch the whole map: they are the first for a while, or some of many.
 */
bool rc_topology_moved(rc_topology *topology, const rc_move *moves, size_t count);

/* rc_topology_check_coverage fails if slots have no node and a node says that this matters. */
rc_status rc_topology_check_coverage(rc_topology *topology, rc_call *call, rc_error *error);

#endif
