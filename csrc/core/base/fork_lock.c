#include "core/base/fork_lock.h"

#include <time.h>

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static rc_fork_lock *locks;
static unsigned generation;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_result;

static void lock_all(void)
{
    pthread_mutex_lock(&registry);
    for (rc_fork_lock *lock = locks; lock != NULL; lock = lock->next) {
        pthread_mutex_lock(&lock->mutex);
    }
}

static void unlock_all(void)
{
    for (rc_fork_lock *lock = locks; lock != NULL; lock = lock->next) {
        pthread_mutex_unlock(&lock->mutex);
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
    for (rc_fork_lock *lock = locks; lock != NULL; lock = lock->next) {
        /* Those who waited on it are threads of the parent. */
        rc_condition_init(&lock->changed);
    }
    unlock_all();
}

static void watch_forks(void)
{
    once_result = pthread_atfork(lock_all, unlock_all, after_fork_in_child);
}

rc_status rc_fork_lock_init(rc_fork_lock *lock)
{
    pthread_once(&once, watch_forks);
    if (once_result != 0 || pthread_mutex_init(&lock->mutex, NULL) != 0) {
        return RC_NOMEM;
    }
    if (rc_condition_init(&lock->changed) != 0) {
        pthread_mutex_destroy(&lock->mutex);
        return RC_NOMEM;
    }
    pthread_mutex_lock(&registry);
    lock->previous = NULL;
    lock->next = locks;
    if (locks != NULL) {
        locks->previous = lock;
    }
    locks = lock;
    pthread_mutex_unlock(&registry);
    return RC_OK;
}

void rc_fork_lock_destroy(rc_fork_lock *lock)
{
    pthread_mutex_lock(&registry);
    if (lock->previous != NULL) {
        lock->previous->next = lock->next;
    } else {
        locks = lock->next;
    }
    if (lock->next != NULL) {
        lock->next->previous = lock->previous;
    }
    pthread_mutex_unlock(&registry);
    pthread_cond_destroy(&lock->changed);
    pthread_mutex_destroy(&lock->mutex);
}

void rc_fork_lock_acquire(rc_fork_lock *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

void rc_fork_lock_release(rc_fork_lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

void rc_fork_lock_wait_on(rc_fork_lock *lock, pthread_cond_t *condition, rc_msec deadline)
{
    if (deadline == RC_NEVER) {
        pthread_cond_wait(condition, &lock->mutex);
        return;
    }
    struct timespec until = {.tv_sec = (time_t)(deadline / 1000),
                             .tv_nsec = (long)(deadline % 1000) * 1000000};
    pthread_cond_timedwait(condition, &lock->mutex, &until);
}

void rc_fork_lock_broadcast(rc_fork_lock *lock)
{
    pthread_cond_broadcast(&lock->changed);
}

unsigned rc_fork_generation(void)
{
    return __atomic_load_n(&generation, __ATOMIC_RELAXED);
}
