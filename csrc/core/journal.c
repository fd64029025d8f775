#include "journal.h"

#include <string.h>

void rc_journal_init(rc_journal *journal, rc_guard *guard)
{
    *journal = (rc_journal){.guard = guard};
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

void rc_journal_add(rc_journal *journal, const rc_event *event)
{
    size_t waiting = journal->waiting;
    bool known = waiting > 0 && same(at(journal, waiting - 1), event);
    if (!known && waiting == RC_JOURNAL_ROOM) {
        journal->dropped++;
    } else if (!known) {
        *at(journal, waiting) = *event;
        __atomic_store_n(&journal->waiting, waiting + 1, __ATOMIC_RELAXED);
    }
}

void rc_journal_note(rc_journal *journal, const rc_event *event)
{
    rc_guard_lock(journal->guard);
    rc_journal_add(journal, event);
    rc_guard_unlock(journal->guard);
}

bool rc_journal_take(rc_journal *journal, rc_event *event)
{
    rc_guard_lock(journal->guard);
    bool some = journal->waiting > 0;
    if (some) {
        *event = *at(journal, 0);
        journal->first = (journal->first + 1) % RC_JOURNAL_ROOM;
        __atomic_store_n(&journal->waiting, journal->waiting - 1, __ATOMIC_RELAXED);
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
