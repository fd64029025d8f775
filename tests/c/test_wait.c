/* test_wait: sleeps end in time, not before, and the question about signals is asked when it should
 * be.
 */
#include "check.h"

#include "core/base/fork_lock.h"
#include "core/net/wait.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct asked {
    int times;
    int yes_at; /* this question is answered with yes; 0: none */
} asked;

static bool ask(void *context)
{
    asked *self = context;
    return ++self->times == self->yes_at;
}

static rc_call call_of(asked *self)
{
    return (rc_call){.deadline = RC_NEVER, .interrupted = ask, .context = self};
}

static rc_call plain = {.deadline = RC_NEVER};

static void on_signal(int number)
{
    (void)number;
}

/* Signals go on until they are stopped: the first could come before the wait begins. */
static void signal_every(int milliseconds)
{
    struct sigaction action = {.sa_handler = on_signal};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    static timer_t timer;
    static bool made;
    CHECK(made || timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    made = true;
    struct timespec every = {.tv_nsec = milliseconds * 1000000L};
    struct itimerspec times = {.it_interval = every, .it_value = every};
    CHECK(timer_settime(timer, 0, &times, NULL) == 0);
}

static void a_sleep_is_as_long_as_it_should(void)
{
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_wait_sleep(&plain, begun + 60), RC_OK);
    CHECK(rc_now() >= begun + 60);
    CHECK(rc_now() < begun + 5000);
    CHECK_STATUS(rc_wait_sleep(&plain, begun), RC_OK); /* over already */
}

/* Signals do not shorten a sleep. */
static void signals_do_not_end_a_sleep(void)
{
    asked self = {0};
    rc_call call = call_of(&self);
    signal_every(5);
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_wait_sleep(&plain, begun + 100), RC_OK);
    CHECK(rc_now() >= begun + 100);
    CHECK_STATUS(rc_wait_sleep(&call, begun + 200), RC_OK);
    CHECK(rc_now() >= begun + 200);
    signal_every(0);
    CHECK(self.times > 3);
}

/* A signal brings the question up at once, long before the sleep is over. */
static void a_signal_is_asked_about_at_once(void)
{
    asked self = {.yes_at = 1};
    rc_call call = call_of(&self);
    signal_every(20);
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_wait_sleep(&call, begun + 20000), RC_INTERRUPTED);
    signal_every(0);
    CHECK(rc_now() - begun < 5000);
    CHECK_INT(self.times, 1);
}

/* Another thread may get the signal: a long wait asks without one. */
static void a_long_wait_asks_now_and_then(void)
{
    asked self = {.yes_at = 2};
    rc_call call = call_of(&self);
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_wait_sleep(&call, RC_NEVER), RC_INTERRUPTED);
    CHECK(rc_now() - begun >= 400 && rc_now() - begun < 10000);
}

static void a_short_wait_does_not_ask(void)
{
    asked self = {.yes_at = 1};
    rc_call call = call_of(&self);
    for (int i = 0; i < 5; i++) {
        CHECK_STATUS(rc_wait_sleep(&call, rc_now() + 10), RC_OK);
    }
    CHECK_INT(self.times, 0);
}

/* A call that always finds a socket ready is asked about as well. */
static void a_busy_call_asks_now_and_then(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
    struct pollfd socket = {.fd = ends[0], .events = POLLIN};
    asked self = {.yes_at = 2};
    rc_call call = call_of(&self);
    rc_msec begun = rc_now();
    while (rc_wait(&call, &socket, 1, RC_NEVER) == RC_OK) {
        CHECK_INT(socket.revents, POLLIN);
        CHECK(rc_now() - begun < 10000);
        rc_wait_sleep(&plain, rc_now() + 1);
    }
    CHECK(rc_now() - begun >= 400);
    close(ends[0]);
    close(ends[1]);
}

static bool fork_now(void *context)
{
    *(pid_t *)context = fork();
    return false;
}

/* Where a signal handler forks, the call is the parent's alone. */
static void a_call_is_over_in_a_forked_child(void)
{
    rc_fork_lock lock;
    CHECK_STATUS(rc_fork_lock_init(&lock), RC_OK); /* forks are watched from here on */
    pid_t child = -1;
    rc_call call = {.deadline = RC_NEVER, .interrupted = fork_now, .context = &child};
    rc_status status = rc_call_interrupted(&call);
    if (child == 0) {
        _exit(status == RC_INTERRUPTED ? 0 : 1);
    }
    CHECK_STATUS(status, RC_OK);
    int result;
    CHECK(waitpid(child, &result, 0) == child && result == 0);
    rc_fork_lock_destroy(&lock);
}

/* until_asked calls until the question was asked and answered with yes, and says how long it took.
 */
static rc_msec until_asked(rc_call *call, rc_status (*function)(rc_call *, bool))
{
    rc_msec begun = rc_now();
    while (function(call, false) == RC_OK) {
        CHECK(rc_now() - begun < 10000);
        rc_wait_sleep(&plain, rc_now() + 2);
    }
    return rc_now() - begun;
}

static void a_disturbed_call_asks_at_once(rc_status (*function)(rc_call *, bool))
{
    CHECK_STATUS(function(&plain, true), RC_OK);
    asked self = {.yes_at = 2};
    rc_call call = call_of(&self);
    CHECK_STATUS(function(&call, false), RC_OK);
    CHECK_INT(self.times, 0);
    CHECK_STATUS(function(&call, true), RC_OK);
    CHECK_INT(self.times, 1);
}

/* Who waits in another way than rc_wait asks by the same rule. */
static void who_has_waited_asks_now_and_then(void)
{
    a_disturbed_call_asks_at_once(rc_call_waited);
    asked self = {.yes_at = 1};
    rc_call call = call_of(&self);
    CHECK(until_asked(&call, rc_call_waited) >= 200);
    CHECK_INT(self.times, 1);
}

/* Work is disturbed by no signal, so it has to ask more often; an interrupt waits no longer. */
static void who_works_asks_often(void)
{
    a_disturbed_call_asks_at_once(rc_call_continue);
    asked self = {.yes_at = 1};
    rc_call call = call_of(&self);
    rc_msec took = until_asked(&call, rc_call_continue);
    CHECK(took >= 20 && took < 200);
    asked other = {.yes_at = 1};
    rc_call busy = call_of(&other);
    busy.busy = true;
    took = until_asked(&busy, rc_call_waited);
    CHECK(took >= 20 && took < 200);
}

static void the_question_can_be_asked_at_once(void)
{
    CHECK_STATUS(rc_call_interrupted(&plain), RC_OK);
    asked self = {.yes_at = 2};
    rc_call call = call_of(&self);
    CHECK_STATUS(rc_call_interrupted(&call), RC_OK);
    CHECK_STATUS(rc_call_interrupted(&call), RC_INTERRUPTED);
}

static void a_ready_socket_ends_the_wait(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
    struct pollfd sockets[2] = {{.fd = -1, .events = POLLIN}, {.fd = ends[0], .events = POLLIN}};
    CHECK_STATUS(rc_wait(&plain, sockets, 2, RC_NEVER), RC_OK);
    CHECK_INT(sockets[0].revents, 0);
    CHECK_INT(sockets[1].revents, POLLIN);
    CHECK_STATUS(rc_wait(&plain, sockets, 2, 0), RC_OK); /* a look, though the time is over */
    CHECK_INT(sockets[1].revents, POLLIN);
    close(ends[0]);
    close(ends[1]);
}

/* Waiting that cannot be is told at once: to try again would take all of a processor. */
static void too_many_sockets_are_told(void)
{
    enum { COUNT = 100 };
    struct rlimit before;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    struct rlimit few = {.rlim_cur = COUNT / 2, .rlim_max = before.rlim_max};
    struct pollfd sockets[COUNT];
    for (int i = 0; i < COUNT; i++) {
        sockets[i] = (struct pollfd){.fd = -1, .revents = POLLIN};
    }
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    rc_status status = rc_wait(&plain, sockets, COUNT, RC_NEVER);
    CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_STATUS(status, RC_CONNECT);
    CHECK_INT(sockets[7].revents, 0);
}

/* Nothing of an earlier wait is left in the sockets when this one brought nothing. */
static void silence_leaves_no_events(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    struct pollfd socket = {.fd = ends[0], .events = POLLIN, .revents = POLLIN};
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_wait(&plain, &socket, 1, begun + 30), RC_OK);
    CHECK(rc_now() - begun >= 29);
    CHECK_INT(socket.revents, 0);
    socket.revents = POLLIN;
    signal_every(10);
    CHECK_STATUS(rc_wait(&plain, &socket, 1, begun + 20000), RC_OK);
    signal_every(0);
    CHECK_INT(socket.revents, 0);
    close(ends[0]);
    close(ends[1]);
}

/* The call's own deadline is for the caller to look at: only `until` ends a wait. */
static void only_until_counts(void)
{
    rc_call over = {.deadline = rc_now() - 1000};
    rc_msec begun = rc_now();
    CHECK_STATUS(rc_wait_sleep(&over, begun + 40), RC_OK);
    CHECK(rc_now() >= begun + 40);
}

static void the_sooner_one(void)
{
    CHECK_INT(rc_sooner(1, 2), 1);
    CHECK_INT(rc_sooner(RC_NEVER, 2), 2);
    CHECK(rc_sooner(RC_NEVER, RC_NEVER) == RC_NEVER);
}

int main(void)
{
    RUN(a_sleep_is_as_long_as_it_should);
    RUN(signals_do_not_end_a_sleep);
    RUN(a_signal_is_asked_about_at_once);
    RUN(a_long_wait_asks_now_and_then);
    RUN(a_short_wait_does_not_ask);
    RUN(a_busy_call_asks_now_and_then);
    RUN(a_call_is_over_in_a_forked_child);
    RUN(who_has_waited_asks_now_and_then);
    RUN(who_works_asks_often);
    RUN(the_question_can_be_asked_at_once);
    RUN(a_ready_socket_ends_the_wait);
    RUN(too_many_sockets_are_told);
    RUN(silence_leaves_no_events);
    RUN(only_until_counts);
    RUN(the_sooner_one);
    return 0;
}
