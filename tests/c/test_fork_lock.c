/* test_fork_lock: one thread at a time, waits that end, and a fork that leaves no lock in a dead
 * hand. */
#include "check.h"

#include "core/base/fork_lock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 5000 };

typedef struct shared {
    rc_fork_lock lock;
    int counter;
    int waiting;
    bool go;
    bool stop;
} shared;

static void open_shared(shared *self)
{
    *self = (shared){0};
    CHECK_STATUS(rc_fork_lock_init(&self->lock), RC_OK);
}

static void sleep_ms(int milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000L}, NULL);
}

static void *count_up(void *context)
{
    shared *self = context;
    for (int i = 0; i < ROUNDS; i++) {
        rc_fork_lock_acquire(&self->lock);
        self->counter++;
        rc_fork_lock_release(&self->lock);
    }
    return NULL;
}

static void one_thread_at_a_time(void)
{
    shared self;
    open_shared(&self);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, count_up, &self) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK_INT(self.counter, THREADS * ROUNDS);
    rc_fork_lock_destroy(&self.lock);
}

static void *wait_for_go(void *context)
{
    shared *self = context;
    rc_fork_lock_acquire(&self->lock);
    self->waiting++;
    while (!self->go) {
        rc_fork_lock_wait_on(&self->lock, &self->lock.changed, RC_NEVER);
    }
    self->waiting--;
    rc_fork_lock_release(&self->lock);
    return NULL;
}

static void wait_until_all_wait(shared *self)
{
    for (int waiting = 0; waiting < THREADS; sleep_ms(1)) {
        rc_fork_lock_acquire(&self->lock);
        waiting = self->waiting;
        rc_fork_lock_release(&self->lock);
    }
}

static void start_waiters(shared *self, pthread_t threads[THREADS])
{
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, wait_for_go, self) == 0);
    }
    wait_until_all_wait(self); /* which gets the lock only because a wait gives it up */
}

static void end_waiters(shared *self, pthread_t threads[THREADS])
{
    rc_fork_lock_acquire(&self->lock);
    self->go = true;
    rc_fork_lock_broadcast(&self->lock);
    rc_fork_lock_release(&self->lock);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK_INT(self->waiting, 0);
}

static void a_signal_wakes_all_who_wait(void)
{
    shared self;
    open_shared(&self);
    pthread_t threads[THREADS];
    start_waiters(&self, threads);
    end_waiters(&self, threads);
    rc_fork_lock_destroy(&self.lock);
}

static void wait_until_deadline(rc_fork_lock *lock)
{
    rc_fork_lock_acquire(lock);
    rc_msec begun = rc_now();
    rc_msec deadline = begun + 50;
    while (rc_until(deadline) != 0) {
        rc_fork_lock_wait_on(lock, &lock->changed, deadline);
    }
    CHECK(rc_now() - begun >= 50 && rc_now() - begun < 5000);
    rc_fork_lock_wait_on(lock, &lock->changed, begun - 1000); /* one in the past ends at once */
    rc_fork_lock_release(lock);
}

static void a_wait_ends_at_its_deadline(void)
{
    shared self;
    open_shared(&self);
    wait_until_deadline(&self.lock);
    rc_fork_lock_destroy(&self.lock);
}

/* ---- forks ---- */

static void use_lock(void *context)
{
    shared *self = context;
    rc_fork_lock_acquire(&self->lock);
    int counter = self->counter;
    rc_fork_lock_release(&self->lock);
    if (counter % 2 != 0) { /* the holder was in the middle of its change */
        _exit(3);
    }
    rc_msec begun = rc_now();
    wait_until_deadline(&self->lock);
    if (rc_now() - begun > 5000) {
        _exit(4);
    }
}

static void *hold_and_change(void *context)
{
    shared *self = context;
    for (bool stop = false; !stop;) {
        rc_fork_lock_acquire(&self->lock);
        self->counter++;
        sleep_ms(2); /* nearly always held, so a fork nearly always meets it so */
        self->counter++;
        stop = self->stop;
        rc_fork_lock_release(&self->lock);
    }
    return NULL;
}

/* The child finds the lock free and what it locks whole, though another thread held it. */
static void a_fork_waits_for_who_holds_a_lock(void)
{
    shared self;
    open_shared(&self);
    pthread_t holder;
    CHECK(pthread_create(&holder, NULL, hold_and_change, &self) == 0);
    for (int i = 0; i < 5; i++) {
        in_child(use_lock, &self);
    }
    rc_fork_lock_acquire(&self.lock);
    self.stop = true;
    rc_fork_lock_release(&self.lock);
    pthread_join(holder, NULL);
    rc_fork_lock_destroy(&self.lock);
}

/* Threads that wait are not in the child; its own waits and theirs do not disturb each other. */
static void a_child_waits_for_itself_alone(void)
{
    shared self;
    open_shared(&self);
    pthread_t threads[THREADS];
    start_waiters(&self, threads);
    in_child(use_lock, &self);
    end_waiters(&self, threads);
    rc_fork_lock_destroy(&self.lock);
}

static void lock_all_of(void *context)
{
    shared *several = context;
    for (int i = 0; i < 3; i++) {
        rc_fork_lock_acquire(&several[i].lock);
        rc_fork_lock_release(&several[i].lock);
    }
    rc_fork_lock_destroy(&several[1].lock);
    shared another;
    open_shared(&another);
    rc_fork_lock_destroy(&another.lock);
}

/* Locks come and go in any order, here and in the child. */
static void a_child_has_all_locks(void)
{
    shared several[4];
    for (int i = 0; i < 4; i++) {
        open_shared(&several[i]);
    }
    rc_fork_lock_destroy(&several[3].lock);
    in_child(lock_all_of, several);
    rc_fork_lock_destroy(&several[1].lock);
    in_child(use_lock, &several[0]);
    rc_fork_lock_destroy(&several[0].lock);
    in_child(use_lock, &several[2]);
    rc_fork_lock_destroy(&several[2].lock);
}

static void expect_generation(void *context)
{
    unsigned expected = *(unsigned *)context;
    if (rc_fork_generation() != expected) {
        _exit(5);
    }
    expected++;
    if (expected < 4) {
        in_child(expect_generation, &expected);
    }
}

static void forks_are_counted(void)
{
    shared self;
    open_shared(&self); /* from the first lock on forks are watched */
    unsigned here = rc_fork_generation();
    unsigned next = here + 1;
    in_child(expect_generation, &next);
    CHECK_INT(rc_fork_generation(), here);
    rc_fork_lock_destroy(&self.lock);
}

enum { DRAWN = 16 };

static void draw(uint32_t *numbers)
{
    for (int i = 0; i < DRAWN; i++) {
        numbers[i] = rc_random(UINT32_MAX);
    }
}

static void draw_into_pipe(void *context)
{
    uint32_t numbers[DRAWN];
    draw(numbers);
    CHECK_INT(write(*(int *)context, numbers, sizeof numbers), sizeof numbers);
}

/* A child that waited the same times as its parent would meet it at every server. */
static void a_child_draws_its_own_numbers(void)
{
    shared self;
    open_shared(&self);
    uint32_t here[DRAWN];
    uint32_t there[2][DRAWN];
    int ends[2];
    draw(here);
    CHECK(pipe(ends) == 0);
    for (int i = 0; i < 2; i++) {
        in_child(draw_into_pipe, &ends[1]);
        CHECK_INT(read(ends[0], there[i], sizeof there[i]), sizeof there[i]);
    }
    draw(here);
    CHECK(memcmp(here, there[0], sizeof here) != 0);
    CHECK(memcmp(there[0], there[1], sizeof here) != 0);
    close(ends[0]);
    close(ends[1]);
    rc_fork_lock_destroy(&self.lock);
}

int main(void)
{
    RUN(one_thread_at_a_time);
    RUN(a_signal_wakes_all_who_wait);
    RUN(a_wait_ends_at_its_deadline);
    RUN(a_fork_waits_for_who_holds_a_lock);
    RUN(a_child_waits_for_itself_alone);
    RUN(a_child_has_all_locks);
    RUN(forks_are_counted);
    RUN(a_child_draws_its_own_numbers);
    return 0;
}
