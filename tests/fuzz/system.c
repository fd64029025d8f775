#include "system.h"

#include "dice.h"
#include "kernel.h"
#include "model.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **addresses);
void __wrap_freeaddrinfo(struct addrinfo *addresses);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
uint32_t __wrap_rc_random(uint32_t bound);
rc_msec __wrap_rc_backoff(int attempt, rc_msec first, rc_msec most);
int __real_clock_gettime(clockid_t clock, struct timespec *time);

static bool running;
static uint32_t random_state;

void system_start(void)
{
    running = true;
    random_state = dice_roll() + 1;
}

void system_stop(void)
{
    running = false;
}

/* Hosts are "h0", "h1", ...: names of the same machine, whose ports are the nodes. */
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                       struct addrinfo **addresses)
{
    (void)hints;
    unsigned number = (unsigned)(host[0] - 'h' == 0 && host[1] != '\0' ? host[1] - '0' : 99);
    if (number >= KERNEL_HOSTS || host[2] != '\0' || model_trouble(1)) {
        return EAI_FAIL; /* EAI_NONAME would say that it is a name, to be resolved in a thread */
    }
    struct {
        struct addrinfo info;
        struct sockaddr_in address;
    } *made = rc_alloc_zeroed(sizeof *made);
    DEMAND(made != NULL);
    made->address = (struct sockaddr_in){.sin_family = AF_INET,
                                         .sin_port = htons((uint16_t)atoi(service)),
                                         .sin_addr.s_addr = htonl(number)};
    made->info = (struct addrinfo){.ai_family = AF_INET,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_addrlen = sizeof made->address,
                                   .ai_addr = (struct sockaddr *)&made->address};
    *addresses = &made->info;
    return 0;
}

void __wrap_freeaddrinfo(struct addrinfo *addresses)
{
    rc_free(addresses);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    if (!running || clock != CLOCK_MONOTONIC) {
        return __real_clock_gettime(clock, time);
    }
    rc_msec now = kernel_now();
    *time =
        (struct timespec){.tv_sec = (time_t)(now / 1000), .tv_nsec = (long)(now % 1000) * 1000000};
    return 0;
}

/* Nobody else is there who could signal the condition. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until)
{
    (void)condition;
    (void)mutex;
    rc_msec then = (rc_msec)until->tv_sec * 1000 + until->tv_nsec / 1000000;
    if (then > kernel_now()) {
        kernel_sleep(then - kernel_now());
    }
    return ETIMEDOUT;
}

int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    (void)condition;
    (void)mutex;
    DEMAND(!"a wait without end");
    return 0;
}

/* ---- chance ---- */

uint32_t __wrap_rc_random(uint32_t bound)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % bound;
}

rc_msec __wrap_rc_backoff(int attempt, rc_msec first, rc_msec most)
{
    rc_msec delay = attempt < 16 ? first << attempt : most;
    return delay < most ? delay : most;
}
