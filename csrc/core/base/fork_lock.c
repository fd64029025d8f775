#include "core/base/fork_lock.h"

#include <time.h>

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static rc_guard *guards;
static unsigned generation;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_result;

static void lock_all(void)
{
    pthread_mutex_lock(&registry);
    for (rc_guard *guard = guards; guard != NULL; guard = guard->next) {
        pthread_mutex_lock(&guard->mutex);
    }
}

static void unlock_all(void)
{
    for (rc_guard *guard = guards; guard != NULL; guard = guard->next) {
        pthread_mutex_unlock(&guard->mutex);
    }
    pthread_mutex_unlock(&registry);
}

int rc_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    int result = pthread_condattr_init(&attributes);
    if (result == 0) {
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        result = pthread_cond_init(condition, &attributes);
        pthread_condattr_destroy(&attributes);
    }
    return result;
}

static void after_fork_in_child(void)
{
    __atomic_add_fetch(&generation, 1, __ATOMIC_RELAXED);
    rc_random_restart();
    for (rc_guard *guard = guards; guard != NULL; guard = guard->next) {
        /* Those who waited on it are threads of the parent. */
        rc_condition_init(&guard->changed);
    }
    unlock_all();
}

static void watch_forks(void)
{
    once_result = pthread_atfork(lock_all, unlock_all, after_fork_in_child);
}

rc_status rc_guard_init(rc_guard *guard)
{
    pthread_once(&once, watch_forks);
    if (once_result != 0 || pthread_mutex_init(&guard->mutex, NULL) != 0) {
        return RC_NOMEM;
    }
    if (rc_condition_init(&guard->changed) != 0) {
        pthread_mutex_destroy(&guard->mutex);
        return RC_NOMEM;
    }
    pthread_mutex_lock(&registry);
    guard->previous = NULL;
    guard->next = guards;
    if (guards != NULL) {
        guards->previous = guard;
    }
    guards = guard;
    pthread_mutex_unlock(&registry);
    return RC_OK;
}

void rc_guard_destroy(rc_guard *guard)
{
    pthread_mutex_lock(&registry);
    if (guard->previous != NULL) {
        guard->previous->next = guard->next;
    } else {
        guards = guard->next;
    }
    if (guard->next != NULL) {
        guard->next->previous = guard->previous;
    }
    pthread_mutex_unlock(&registry);
    pthread_cond_destroy(&guard->changed);
    pthread_mutex_destroy(&guard->mutex);
}

void rc_guard_lock(rc_guard *guard)
{
    pthread_mutex_lock(&guard->mutex);
}

void rc_guard_unlock(rc_guard *guard)
{
    pthread_mutex_unlock(&guard->mutex);
}

void rc_guard_wait_on(rc_guard *guard, pthread_cond_t *condition, rc_msec deadline)
{
    if (deadline == RC_NEVER) {
        pthread_cond_wait(condition, &guard->mutex);
        return;
    }
    struct timespec until = {.tv_sec = (time_t)(deadline / 1000),
                             .tv_nsec = (long)(deadline % 1000) * 1000000};
    pthread_cond_timedwait(condition, &guard->mutex, &until);
}

void rc_guard_broadcast(rc_guard *guard)
{
    pthread_cond_broadcast(&guard->changed);
}

unsigned rc_fork_generation(void)
{
    return __atomic_load_n(&generation, __ATOMIC_RELAXED);
}
