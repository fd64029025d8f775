/*
 * event_queue: what has happened to a client and may interest its user.
 *
 * A queue of events, delivered to the program's callbacks after the call, in the order in which
 * they happened. Nothing waits for a callback: events that do not fit are counted, not kept. All
 * state is behind the client's lock, which callers of all functions but rc_event_queue_add do not
 * hold.
 */
#ifndef RC_EVENT_QUEUE_H
#define RC_EVENT_QUEUE_H

#include "core/base/fork_lock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* kind of event; its name above */
#define RC_EVENT_TABLE(X)                                                                          \
    X(TOPOLOGY, "topology")   /* the slot table was fetched, and is another: slots, nodes */       \
    X(NODE_DOWN, "node_down") /* a connection to the node could not be made: why */                \
    X(NODE_UP, "node_up")     /* after that one could */                                           \
    X(MOVED, "moved")         /* node sent a slot's command on to target */                        \
    X(ASK, "ask")                                                                                  \
    X(DROPPED, "dropped") /* so many events, for want of room */

typedef enum rc_event_kind {
#define X(kind, name) RC_EVENT_##kind,
    RC_EVENT_TABLE(X)
#undef X
        RC_EVENT_KINDS
} rc_event_kind;

typedef struct rc_event {
    rc_event_kind kind;
    uint16_t node;
    uint16_t node_age; /* of its number (pool.h) */
    uint16_t target;
    uint16_t target_age;
    int slot;       /* of MOVED and ASK; else the number of slots that have a node, or of events */
    char text[160]; /* why a node is down */
} rc_event;

enum { RC_EVENT_QUEUE_ROOM = 128 };

typedef struct rc_event_queue {
    rc_fork_lock *lock;
    size_t waiting; /* atomic for rc_event_queue_waiting */
    size_t first;
    int dropped;         /* for want of room, since the last RC_EVENT_DROPPED */
    unsigned generation; /* of the process whose events these are */
    rc_event events[RC_EVENT_QUEUE_ROOM];
} rc_event_queue;

/* rc_event_queue_init makes an empty queue; the lock must outlive it. */
void rc_event_queue_init(rc_event_queue *event_queue, rc_fork_lock *lock);

/*
 * rc_event_queue_note keeps a copy, unless it is the very event that came last: a thousand commands
 * of one pipeline may meet the same redirect.
 */
void rc_event_queue_note(rc_event_queue *event_queue, const rc_event *event);

/*
 * rc_event_queue_add does so for a caller who holds the lock, and has changed under it what the
 * event reports: events of two threads then come in the order of their changes.
 */
void rc_event_queue_add(rc_event_queue *event_queue, const rc_event *event);

/* rc_event_name is the table's name of a kind. */
const char *rc_event_name(rc_event_kind kind);

/*
 * rc_event_queue_take moves the oldest event out; false when there is none. Behind all that were
 * kept comes how many were not. A forked child has nothing of its parent's.
 */
bool rc_event_queue_take(rc_event_queue *event_queue, rc_event *event);

/* rc_event_queue_waiting costs no lock, as it is asked after every call. */
static inline bool rc_event_queue_waiting(const rc_event_queue *event_queue)
{
    return __atomic_load_n(&event_queue->waiting, __ATOMIC_RELAXED) > 0;
}

#endif
