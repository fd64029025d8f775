#include "core/pool/event_queue.h"

#include <string.h>

enum { NOBODY = 0xffff }; /* the number of no node */

void rc_event_queue_init(rc_event_queue *event_queue, rc_fork_lock *lock)
{
    *event_queue = (rc_event_queue){.lock = lock, .generation = rc_fork_generation()};
}

static rc_event *at(rc_event_queue *event_queue, size_t place)
{
    return &event_queue->events[(event_queue->first + place) % RC_EVENT_QUEUE_ROOM];
}

static bool same(const rc_event *one, const rc_event *other)
{
    return one->kind == other->kind && one->node == other->node && one->target == other->target &&
           one->slot == other->slot && strcmp(one->text, other->text) == 0;
}

static void set_waiting(rc_event_queue *event_queue, size_t waiting)
{
    __atomic_store_n(&event_queue->waiting, waiting, __ATOMIC_RELAXED);
}

static void forget_parent(rc_event_queue *event_queue)
{
    if (event_queue->generation != rc_fork_generation()) {
        set_waiting(event_queue, 0);
        event_queue->dropped = 0;
        event_queue->generation = rc_fork_generation();
    }
}

void rc_event_queue_add(rc_event_queue *event_queue, const rc_event *event)
{
    forget_parent(event_queue);
    size_t waiting = event_queue->waiting;
    bool known = waiting > 0 && same(at(event_queue, waiting - 1), event);
    if (!known && waiting == RC_EVENT_QUEUE_ROOM) {
        event_queue->dropped++;
    } else if (!known) {
        *at(event_queue, waiting) = *event;
        set_waiting(event_queue, waiting + 1);
    }
}

void rc_event_queue_note(rc_event_queue *event_queue, const rc_event *event)
{
    rc_fork_lock_acquire(event_queue->lock);
    rc_event_queue_add(event_queue, event);
    rc_fork_lock_release(event_queue->lock);
}

static rc_event take_first(rc_event_queue *event_queue)
{
    rc_event event = *at(event_queue, 0);
    event_queue->first = (event_queue->first + 1) % RC_EVENT_QUEUE_ROOM;
    set_waiting(event_queue, event_queue->waiting - 1);
    return event;
}

bool rc_event_queue_take(rc_event_queue *event_queue, rc_event *event)
{
    rc_fork_lock_acquire(event_queue->lock);
    forget_parent(event_queue);
    bool some = event_queue->waiting > 0 || event_queue->dropped > 0;
    if (event_queue->waiting > 0) {
        *event = take_first(event_queue);
    } else if (some) {
        *event = (rc_event){.kind = RC_EVENT_DROPPED,
                            .node = NOBODY,
                            .target = NOBODY,
                            .slot = event_queue->dropped};
        event_queue->dropped = 0;
    }
    rc_fork_lock_release(event_queue->lock);
    return some;
}

const char *rc_event_name(rc_event_kind kind)
{
    static const char *const names[] = {
#define X(kind, name) name,
        RC_EVENT_TABLE(X)
#undef X
    };
    return names[kind];
}
