/* test_event_queue: events come out as they went in, once each; what has no room is counted. */
#include "check.h"

#include "core/pool/event_queue.h"
#include "core/topology/slotmap.h"

#include <pthread.h>
#include <stdio.h>

static rc_fork_lock lock;
static rc_event_queue event_queue;

static void begin(void)
{
    CHECK_STATUS(rc_fork_lock_init(&lock), RC_OK);
    rc_event_queue_init(&event_queue, &lock);
}

static void end(void)
{
    rc_fork_lock_destroy(&lock);
}

static rc_event moved(int slot)
{
    return (rc_event){.kind = RC_EVENT_MOVED, .node = 1, .target = 2, .slot = slot};
}

static void note(int slot)
{
    const rc_event event = moved(slot);
    rc_event_queue_note(&event_queue, &event);
}

static void takes(int slot)
{
    rc_event event;
    CHECK(rc_event_queue_waiting(&event_queue));
    CHECK(rc_event_queue_take(&event_queue, &event));
    CHECK_INT(event.slot, slot);
}

static void is_empty(void)
{
    rc_event event = {.slot = -7};
    CHECK(!rc_event_queue_waiting(&event_queue));
    CHECK(!rc_event_queue_take(&event_queue, &event));
    CHECK_INT(event.slot, -7);
}

static void events_come_out_in_their_order(void)
{
    begin();
    is_empty();
    for (int i = 0; i < 5; i++) {
        note(i);
    }
    for (int i = 0; i < 5; i++) {
        takes(i);
    }
    is_empty();
    CHECK_INT(event_queue.dropped, 0);
    end();
}

static void an_event_is_kept_whole(void)
{
    begin();
    rc_event down = {.kind = RC_EVENT_NODE_DOWN, .node = 3, .target = RC_NO_NODE, .slot = -1};
    snprintf(down.text, sizeof down.text, "%s", "no route");
    rc_event_queue_note(&event_queue, &down);
    snprintf(down.text, sizeof down.text, "%s", "overwritten"); /* the event queue's is a copy */
    rc_event taken;
    CHECK(rc_event_queue_take(&event_queue, &taken));
    CHECK_INT(taken.kind, RC_EVENT_NODE_DOWN);
    CHECK_INT(taken.node, 3);
    CHECK_INT(taken.target, RC_NO_NODE);
    CHECK_INT(taken.slot, -1);
    CHECK_TEXT(taken.text, "no route");
    end();
}

static void twice_in_a_row_is_once(void)
{
    begin();
    note(1);
    note(1);
    note(2);
    note(1);
    takes(1);
    takes(2);
    takes(1);
    is_empty();
    note(1); /* whoever took the last one has not heard of this one */
    takes(1);
    end();
}

/* Each part of an event tells it from another. */
static void what_differs_is_another_event(void)
{
    const rc_event first = moved(1);
    rc_event others[] = {first, first, first, first, first};
    others[0].kind = RC_EVENT_ASK;
    others[1].node++;
    others[2].target++;
    others[3].slot++;
    others[4].text[0] = 'x';
    for (size_t i = 0; i < 5; i++) {
        begin();
        rc_event_queue_note(&event_queue, &first);
        rc_event_queue_note(&event_queue, &others[i]);
        CHECK_INT(event_queue.waiting, 2);
        end();
    }
}

static void what_has_no_room_is_counted(void)
{
    begin();
    for (int i = 0; i < RC_EVENT_QUEUE_ROOM + 3; i++) {
        note(i);
    }
    CHECK_INT(event_queue.dropped, 3);
    for (int i = 0; i < RC_EVENT_QUEUE_ROOM; i++) {
        takes(i);
    }
    rc_event last;
    CHECK(rc_event_queue_take(&event_queue, &last));
    CHECK_INT(last.kind, RC_EVENT_DROPPED);
    CHECK_INT(last.slot, 3);
    is_empty();
    CHECK_INT(event_queue.dropped, 0);
    end();
}

/* The very event that waits already is not lost when it comes once more. */
static void what_waits_already_is_not_dropped(void)
{
    begin();
    for (int i = 0; i < RC_EVENT_QUEUE_ROOM; i++) {
        note(i);
    }
    note(RC_EVENT_QUEUE_ROOM - 1);
    CHECK_INT(event_queue.dropped, 0);
    end();
}

static void the_ring_goes_round(void)
{
    begin();
    note(0);
    for (int i = 1; i < 5 * RC_EVENT_QUEUE_ROOM; i++) {
        note(i);
        takes(i - 1);
    }
    for (int i = 1; i < RC_EVENT_QUEUE_ROOM; i++) { /* full, from the middle on */
        note(-i);
    }
    note(-RC_EVENT_QUEUE_ROOM);
    CHECK_INT(event_queue.dropped, 1);
    takes(5 * RC_EVENT_QUEUE_ROOM - 1);
    for (int i = 1; i < RC_EVENT_QUEUE_ROOM; i++) {
        takes(-i);
    }
    rc_event last;
    CHECK(rc_event_queue_take(&event_queue, &last));
    CHECK_INT(last.kind, RC_EVENT_DROPPED);
    is_empty();
    end();
}

static void every_kind_has_its_name(void)
{
    CHECK_TEXT(rc_event_name(RC_EVENT_TOPOLOGY), "topology");
    CHECK_TEXT(rc_event_name(RC_EVENT_NODE_DOWN), "node_down");
    CHECK_TEXT(rc_event_name(RC_EVENT_NODE_UP), "node_up");
    CHECK_TEXT(rc_event_name(RC_EVENT_MOVED), "moved");
    CHECK_TEXT(rc_event_name(RC_EVENT_ASK), "ask");
}

/* ---- threads ---- */

enum { WRITERS = 4, EACH = 2000 };

static void *write_events(void *context)
{
    rc_event event = {.kind = RC_EVENT_MOVED, .node = *(uint16_t *)context};
    for (event.slot = 0; event.slot < EACH; event.slot++) {
        rc_event_queue_note(&event_queue, &event);
    }
    return NULL;
}

/* account checks one event that was taken; how many it stands for. */
static int account(const rc_event *event, int *last)
{
    if (event->kind == RC_EVENT_DROPPED) {
        return event->slot;
    }
    CHECK(event->slot > last[event->node]);
    last[event->node] = event->slot;
    return 1;
}

/* Each thread's events stay in their order, and all are either taken or counted. */
static void many_threads_one_event_queue(void)
{
    begin();
    pthread_t threads[WRITERS];
    uint16_t numbers[WRITERS];
    int last[WRITERS];
    for (uint16_t i = 0; i < WRITERS; i++) {
        numbers[i] = i;
        last[i] = -1;
        CHECK(pthread_create(&threads[i], NULL, write_events, &numbers[i]) == 0);
    }
    int told = 0;
    rc_event event;
    for (int i = 0; i < WRITERS * EACH; i++) {
        if (rc_event_queue_waiting(&event_queue) && rc_event_queue_take(&event_queue, &event)) {
            told += account(&event, last);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
    while (rc_event_queue_take(&event_queue, &event)) {
        told += account(&event, last);
    }
    CHECK_INT(told, WRITERS * EACH);
    is_empty();
    end();
}

int main(void)
{
    RUN(events_come_out_in_their_order);
    RUN(an_event_is_kept_whole);
    RUN(twice_in_a_row_is_once);
    RUN(what_differs_is_another_event);
    RUN(what_has_no_room_is_counted);
    RUN(what_waits_already_is_not_dropped);
    RUN(the_ring_goes_round);
    RUN(every_kind_has_its_name);
    RUN(many_threads_one_event_queue);
    return 0;
}
