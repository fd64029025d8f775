/*
 * topology: the client's slot map, and when it is fetched again.
 *
 * Holds the current slotmap and replaces it whole. Only one thread of a client fetches at a time;
 * those who need a newer map wait for its result. The user's startup nodes are asked whenever the
 * known ones do not answer.
 *
 * The map is in doubt from the moment in which an exchange with one of its nodes fails, or one
 * refuses what it should serve, until another map has been fetched. Whether and when a fetch is due
 * is decided here, for all threads and all kinds of calls together.
 */
#ifndef RC_TOPOLOGY_H
#define RC_TOPOLOGY_H

#include "core/topology/slot_discovery.h"

typedef struct rc_topology {
    rc_fork_lock *lock;
    rc_pool *pool;
    const rc_options *options;
    rc_slotmap *map;           /* never NULL after rc_topology_init */
    rc_lineage lineage;        /* the map as it was before MOVEDs changed it, and its rival */
    uint64_t version;          /* how often a map was fetched */
    uint64_t changes;          /* how often the map became another, by a fetch or a MOVED */
    bool fetching;             /* `fetcher` fetches a map */
    pthread_t fetcher;         /* a thread of the process `fetch_generation` */
    unsigned fetch_generation; /* rc_fork_generation of the fetching process */
    uint64_t fetches;          /* fetches that have ended, well or not */
    int failed_fetches;        /* fetches in a row that brought no map */
    rc_error failure;          /* why the last fetch that failed did */
    rc_msec asked_at;          /* when a node was asked for the map */
    rc_msec next_moved_fetch;  /* no fetch for a MOVED before then */
    rc_msec next_doubt_fetch;  /* no fetch for a doubt before then */
    rc_msec
        doubted_at; /* when the map came in doubt; 0: it is not. Atomic for rc_topology_in_doubt */
    int moved;      /* MOVEDs since the map was fetched */
} rc_topology;

/* rc_topology_init begins without a map. The pointers must outlive the topology. */
rc_status rc_topology_init(rc_topology *topology, rc_fork_lock *lock, rc_pool *pool,
                           const rc_options *options);

/* rc_topology_free drops the maps; no call may be using the topology. */
void rc_topology_free(rc_topology *topology);

/* rc_topology_map is the current snapshot, counted for the caller, and its version. */
rc_slotmap *rc_topology_map(rc_topology *topology, uint64_t *version);

/* rc_topology_version is how often a map was fetched. */
uint64_t rc_topology_version(rc_topology *topology);

/* rc_topology_changes is how often the map has changed, and how many MOVEDs came since its fetch.
 */
void rc_topology_changes(rc_topology *topology, uint64_t *changes, int *moved);

/*
 * rc_topology_refresh sees to it that the map is newer than `seen`: it fetches one, or waits for
 * the thread that does. Blocks. On failure the old map stays and *error lists each node that was
 * asked.
 */
rc_status rc_topology_refresh(rc_topology *topology, uint64_t seen, rc_call *call, rc_error *error);

/* rc_topology_is_fresh: the map was asked for after that moment. */
bool rc_topology_is_fresh(rc_topology *topology, rc_msec since);

/*
 * rc_topology_begin_fetch is for a fetch that goes on during a call. True: the caller fetches, and
 * ends the fetch with rc_topology_publish or rc_topology_cancel_fetch. False: another thread
 * fetches. Does not block.
 */
bool rc_topology_begin_fetch(rc_topology *topology);

/*
 * rc_topology_publish ends a fetch and takes over the map. A map that was asked for before the
 * present one is dropped. Without a map (NULL) *error says why there is none: RC_INTERRUPTED says
 * nothing of the cluster; after RC_FOREIGN, another cluster's table, the map forgets what MOVEDs
 * have taught since the last fetch. Threads that wait for the fetch go on.
 */
void rc_topology_publish(rc_topology *topology, rc_slotmap *map, rc_msec asked_at,
                         const rc_error *error);

/*
 * rc_topology_cancel_fetch ends a fetch that has no result, good or bad: another may begin at once.
 */
void rc_topology_cancel_fetch(rc_topology *topology);

/*
 * rc_topology_doubt: an exchange with the node has failed, or it refuses what it should serve. The
 * map is in doubt, unless it does not name the node.
 */
void rc_topology_doubt(rc_topology *topology, rc_node_id node);

/* rc_topology_doubt_silent brings the map in doubt for a silent node that it may not name any more.
 */
void rc_topology_doubt_silent(rc_topology *topology, rc_node_id node);

/* rc_topology_in_doubt costs no lock, as every call asks. */
static inline bool rc_topology_in_doubt(const rc_topology *topology)
{
    return __atomic_load_n(&topology->doubted_at, __ATOMIC_RELAXED) != 0;
}

/*
 * rc_topology_doubts: the node has failed since the map was asked for, and a call should wait for a
 * fresh one. After a refused login it should not: the node is there, and the user has to see
 * that error.
 */
bool rc_topology_doubts(rc_topology *topology, rc_node_id node);

/*
 * rc_topology_next_doubt_fetch is when a map in doubt may be fetched again: now or earlier, at
 * once. While another thread fetches, and for a map that is not in doubt, RC_NEVER.
 */
rc_msec rc_topology_next_doubt_fetch(rc_topology *topology);

/*
 * rc_topology_await waits until another thread has fetched a map or given up, or until then.
 * RC_REENTERED, at once: the thread that fetches is the caller's, which is in a signal handler.
 */
rc_status rc_topology_await(rc_topology *topology, rc_call *call, rc_msec until);

/*
 * rc_topology_moved learns from the MOVEDs of one round. True when they are news and should make
 * the caller fetch the whole map: they are the first for a while, or some of many.
 */
bool rc_topology_moved(rc_topology *topology, const rc_move *moves, size_t count);

/* rc_topology_check_coverage fails if slots have no node and a node says that this matters. */
rc_status rc_topology_check_coverage(rc_topology *topology, rc_call *call, rc_error *error);

#endif
