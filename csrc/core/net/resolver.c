#include "core/net/resolver.h"

#include "core/base/buffer.h"
#include "core/base/fork_lock.h"
#include "core/resp/encode.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    /* The thread's share of `holders`. In a forked child there is no such thread. */
    THREAD = 1 << 30,
    /* NSS modules of the system may need much; pages that are not touched cost nothing. */
    STACK = 512 * 1024
};

struct rc_resolver {
    int holders; /* atomic */
    bool done;   /* atomic; all below is constant from then on */
    int result;  /* what getaddrinfo returned */
    int sys_errno;
    struct addrinfo *addresses;
    int fd;
    unsigned generation;
    rc_msec begun;
    char host[RC_HOST_MAX];
    char service[RC_DIGITS_MAX + 1];
};

static void destroy(rc_resolver *self)
{
    if (self->addresses != NULL) {
        freeaddrinfo(self->addresses);
    }
    if (self->fd >= 0) {
        close(self->fd);
    }
    rc_free(self);
}

static void let_go(rc_resolver *self, int share)
{
    /* Looked up before: once the share is given back, another holder may free it at any moment. */
    bool inherited = self->generation != rc_fork_generation();
    int left = __atomic_sub_fetch(&self->holders, share, __ATOMIC_ACQ_REL);
    if (left == 0 || (left == THREAD && inherited)) {
        destroy(self);
    }
}

void rc_resolver_drop(rc_resolver *self)
{
    if (self != NULL) {
        let_go(self, 1);
    }
}

bool rc_resolver_done(const rc_resolver *self)
{
    return __atomic_load_n(&self->done, __ATOMIC_ACQUIRE);
}

int rc_resolver_fd(const rc_resolver *self)
{
    return self->fd;
}

void rc_resolver_tidy(rc_resolver **shared)
{
    if (*shared != NULL && rc_resolver_done(*shared)) {
        rc_resolver_drop(*shared);
        *shared = NULL;
    }
}

/* ---- asking ---- */

static int ask(rc_resolver *self, int flags)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *addresses = NULL;
    int result = getaddrinfo(self->host, self->service, &hints, &addresses);
    self->sys_errno = result == EAI_SYSTEM ? errno : result == EAI_MEMORY ? ENOMEM : 0;
    self->addresses = result == 0 ? addresses : NULL;
    self->result = result;
    return result;
}

static void *ask_in_thread(void *context)
{
    rc_resolver *self = context;
    ask(self, 0);
    __atomic_store_n(&self->done, true, __ATOMIC_RELEASE);
    eventfd_write(self->fd, 1);
    let_go(self, THREAD);
    return NULL;
}

/* create starts the thread with all signals blocked: their handlers belong to threads of the
 * program. */
static int create(rc_resolver *self, const pthread_attr_t *attributes)
{
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&thread, attributes, ask_in_thread, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static int start_thread(rc_resolver *self)
{
    pthread_attr_t attributes;
    int result = pthread_attr_init(&attributes);
    if (result != 0) {
        return result;
    }
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    self->holders += THREAD;
    result = create(self, &attributes);
    if (result != 0) {
        self->holders -= THREAD;
    }
    pthread_attr_destroy(&attributes);
    return result;
}

static rc_status ask_beside(rc_resolver *self, rc_error *error)
{
    self->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self->fd < 0) {
        return rc_error_errno(error, RC_CONNECT, errno, "cannot resolve the name");
    }
    self->begun = rc_now();
    int result = start_thread(self);
    if (result != 0) {
        return rc_error_errno(error, RC_CONNECT, result,
                              "cannot start a thread to resolve the name");
    }
    return RC_OK;
}

static rc_resolver *make(const char *host, int port)
{
    rc_resolver *self = rc_alloc_zeroed(sizeof *self);
    if (self != NULL) {
        self->holders = 1;
        self->fd = -1;
        self->generation = rc_fork_generation();
        snprintf(self->host, sizeof self->host, "%s", host);
        self->service[rc_format_int(self->service, port)] = '\0';
    }
    return self;
}

/* can_join: the thread of another process gives no answer here, and one that hangs is not trusted
 * for ever. */
static bool can_join(const rc_resolver *self)
{
    return !rc_resolver_done(self) && self->generation == rc_fork_generation() &&
           rc_now() - self->begun < RC_RESOLVER_SHARED;
}

static rc_resolver *share(rc_resolver *self)
{
    __atomic_add_fetch(&self->holders, 1, __ATOMIC_RELAXED);
    return self;
}

rc_resolver *rc_resolver_begin(rc_resolver **shared, const char *host, int port, rc_error *error)
{
    if (shared != NULL && *shared != NULL && can_join(*shared)) {
        return share(*shared);
    }
    rc_resolver *self = make(host, port);
    if (self == NULL) {
        rc_error_of(error, RC_NOMEM);
        return NULL;
    }
    if (ask(self, AI_NUMERICHOST) != EAI_NONAME) {
        self->done = true;
    } else if (ask_beside(self, error) != RC_OK) {
        destroy(self);
        return NULL;
    }
    if (shared != NULL && self->fd >= 0) {
        rc_resolver_drop(*shared);
        *shared = share(self);
    }
    return self;
}

rc_status rc_resolver_result(const rc_resolver *self, const struct addrinfo **addresses,
                             rc_error *error)
{
    if (self->sys_errno != 0) {
        return rc_error_errno(error, RC_CONNECT, self->sys_errno, "cannot resolve the name");
    }
    if (self->result != 0) {
        return rc_error_set(error, RC_CONNECT, "cannot resolve the name: %s",
                            gai_strerror(self->result));
    }
    *addresses = self->addresses;
    return RC_OK;
}
