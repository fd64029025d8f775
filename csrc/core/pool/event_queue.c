#include "core/pool/event_queue.h"

#include <string.h>

enum { NOBODY = 0xffff }; /* the number of no node */

void rc_journal_init(rc_journal *journal, rc_guard *guard)
{
    *journal = (rc_journal){.guard = guard, .generation = rc_fork_generation()};
}

static rc_event *at(rc_journal *journal, size_t place)
{
    return &journal->events[(journal->first + place) % RC_JOURNAL_ROOM];
}

static bool same(const rc_event *one, const rc_event *other)
{
    return one->kind == other->kind && one->node == other->node && one->target == other->target &&
           one->slot == other->slot && strcmp(one->text, other->text) == 0;
}

static void set_waiting(rc_journal *journal, size_t waiting)
{
    __atomic_store_n(&journal->waiting, waiting, __ATOMIC_RELAXED);
}

static void forget_parent(rc_journal *journal)
{
    if (journal->generation != rc_fork_generation()) {
        set_waiting(journal, 0);
        journal->dropped = 0;
        journal->generation = rc_fork_generation();
    }
}

void rc_journal_add(rc_journal *journal, const rc_event *event)
{
    forget_parent(journal);
    size_t waiting = journal->waiting;
    bool known = waiting > 0 && same(at(journal, waiting - 1), event);
    if (!known && waiting == RC_JOURNAL_ROOM) {
        journal->dropped++;
    } else if (!known) {
        *at(journal, waiting) = *event;
        set_waiting(journal, waiting + 1);
    }
}

void rc_journal_note(rc_journal *journal, const rc_event *event)
{
    rc_guard_lock(journal->guard);
    rc_journal_add(journal, event);
    rc_guard_unlock(journal->guard);
}

static rc_event take_first(rc_journal *journal)
{
    rc_event event = *at(journal, 0);
    journal->first = (journal->first + 1) % RC_JOURNAL_ROOM;
    set_waiting(journal, journal->waiting - 1);
    return event;
}

bool rc_journal_take(rc_journal *journal, rc_event *event)
{
    rc_guard_lock(journal->guard);
    forget_parent(journal);
    bool some = journal->waiting > 0 || journal->dropped > 0;
    if (journal->waiting > 0) {
        *event = take_first(journal);
    } else if (some) {
        *event = (rc_event){
            .kind = RC_EVENT_DROPPED, .node = NOBODY, .target = NOBODY, .slot = journal->dropped};
        journal->dropped = 0;
    }
    rc_guard_unlock(journal->guard);
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
