#include "kernel.h"

#include "dice.h"
#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>

enum {
    FIRST_FD = 100000,
    STREAMS_MAX = 4096,
    STEPS_MAX = 50000,    /* system calls of one input that may wait; more of them are a loop */
    SILENCE = 300 * 1000, /* after which the system gives a peer up (keepalive) */
    READ_WAIT = 250       /* what the core gives to SO_RCVTIMEO */
};

static struct {
    rc_msec now;
    rc_msec silent; /* how long nothing has happened at all */
    unsigned steps;
    size_t window; /* bytes that a socket holds for who does not read them */
    stream *streams[STREAMS_MAX];
    size_t count;
} kernel;

/* ---- streams ---- */

static void free_streams(void)
{
    for (size_t i = 0; i < kernel.count; i++) {
        rc_buffer_free(&kernel.streams[i]->sent);
        rc_buffer_free(&kernel.streams[i]->reply);
        rc_free(kernel.streams[i]);
    }
    kernel.count = 0;
}

void kernel_start(size_t window)
{
    kernel.now = 1000 * 1000;
    kernel.steps = 0;
    kernel.silent = 0;
    kernel.window = window;
}

void kernel_stop(void)
{
    for (size_t i = 0; i < kernel.count; i++) {
        DEMAND(!kernel.streams[i]->open);
    }
    free_streams();
}

rc_msec kernel_now(void)
{
    return kernel.now;
}

size_t kernel_count(void)
{
    return kernel.count;
}

stream *kernel_stream(size_t number)
{
    return kernel.streams[number];
}

size_t kernel_open(int place)
{
    size_t open = 0;
    for (size_t i = 0; i < kernel.count; i++) {
        const stream *self = kernel.streams[i];
        open += self->open && (place < 0 || self->place == place);
    }
    return open;
}

static stream *stream_of(int fd)
{
    bool known = fd >= FIRST_FD && (size_t)(fd - FIRST_FD) < kernel.count;
    return known ? kernel.streams[fd - FIRST_FD] : NULL;
}

static stream *open_stream(int fd)
{
    stream *self = stream_of(fd);
    DEMAND(self != NULL && self->open);
    return self;
}

void kernel_reply(stream *self, const char *data, size_t length)
{
    DEMAND(rc_buffer_append(&self->reply, data, length) == RC_OK);
}

void kernel_end(stream *self, bool reset)
{
    self->ended = true;
    self->reset |= reset;
    self->sent.length = self->held = 0;
}

static bool visible(const stream *self)
{
    return !self->mute && kernel.now >= self->readable_at;
}

/* room is how many bytes the client can send before the node has to read. */
static size_t room(const stream *self)
{
    size_t waiting = self->sent.length - self->held;
    return waiting < kernel.window ? kernel.window - waiting : 0;
}

static size_t unread(const stream *self)
{
    return self->reply.length - self->read;
}

static short ready(const stream *self)
{
    if (self->mute || kernel.now < self->connect_at) {
        return 0;
    }
    if (!self->connected || (self->reset && visible(self))) {
        return POLLIN | POLLOUT | POLLERR | POLLHUP;
    }
    bool input = visible(self) && (unread(self) > 0 || self->ended);
    bool output = self->ended || room(self) > 0;
    return (short)((input ? POLLIN : 0) | (output ? POLLOUT : 0));
}

/* ---- time ---- */

static bool can_process(const stream *self)
{
    return self->sent.length > self->held && !self->ended && !self->mute &&
           unread(self) < kernel.window;
}

/* play lets the nodes do what is due. */
static void play(void)
{
    for (size_t i = 0; i < kernel.count; i++) {
        stream *self = kernel.streams[i];
        if (can_process(self)) {
            rc_msec wakes = model_wakes(self->node);
            if (kernel.now >= self->process_at && kernel.now >= wakes) {
                model_process(self);
            }
        }
    }
}

static void sooner(rc_msec *soonest, rc_msec time)
{
    if (time > kernel.now && time < *soonest) {
        *soonest = time;
    }
}

/* next_event is when something can change by itself. */
static rc_msec next_event(void)
{
    rc_msec soonest = RC_NEVER;
    for (size_t i = 0; i < kernel.count; i++) {
        const stream *self = kernel.streams[i];
        if (self->open && !self->mute) {
            sooner(&soonest, self->connect_at);
            sooner(&soonest, self->readable_at);
        }
        if (can_process(self)) {
            sooner(&soonest, self->process_at);
            sooner(&soonest, model_wakes(self->node));
        }
    }
    return soonest;
}

static void lose_all(void)
{
    for (size_t i = 0; i < kernel.count; i++) {
        stream *self = kernel.streams[i];
        if (self->open) {
            self->connect_at = kernel.now;
            self->mute = false;
            kernel_end(self, true);
        }
    }
}

/* nothing_happens for a while, or for as long as it takes. */
static bool nothing_happens(rc_msec until)
{
    rc_msec end = kernel.now + SILENCE - kernel.silent;
    bool lost = until >= end;
    kernel.silent = lost ? 0 : kernel.silent + until - kernel.now;
    kernel.now = lost ? end : until;
    if (lost) {
        lose_all();
    }
    return lost;
}

/* pass goes to the next event, or to `until` when that comes first; false then. */
static bool pass(rc_msec until)
{
    DEMAND(++kernel.steps < STEPS_MAX);
    rc_msec event = next_event();
    if (event == RC_NEVER && kernel_open(-1) > 0) {
        return nothing_happens(until);
    }
    DEMAND(event != RC_NEVER || until != RC_NEVER); /* or the client sleeps for ever */
    bool first = event < until;
    kernel.now = first ? event : until;
    kernel.silent = first ? 0 : kernel.silent;
    play();
    return first;
}

void kernel_sleep(rc_msec duration)
{
    rc_msec until = kernel.now + duration;
    while (pass(until)) {
    }
}

/* ---- system calls, in place of the system's ---- */

int __wrap_socket(int domain, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags);
int __wrap_shutdown(int fd, int how);
int __wrap_close(int fd);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *size);
int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *size);
int __wrap_poll(struct pollfd *sockets, nfds_t count, int timeout);
int __real_close(int fd);

static int fails(int reason)
{
    errno = reason;
    return -1;
}

int __wrap_socket(int domain, int type, int protocol)
{
    (void)domain;
    (void)protocol;
    DEMAND((type & (SOCK_CLOEXEC | SOCK_NONBLOCK)) == (SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (model_trouble(1)) {
        return fails(EMFILE);
    }
    DEMAND(kernel.count < STREAMS_MAX);
    stream *self = rc_alloc_zeroed(sizeof *self);
    DEMAND(self != NULL);
    *self = (stream){.open = true, .place = -1, .node = -1, .connect_at = RC_NEVER};
    kernel.streams[kernel.count] = self;
    return FIRST_FD + (int)kernel.count++;
}

/* The place of an address is its number among hosts times ports. */
static int place_of(const struct sockaddr *address)
{
    const struct sockaddr_in *internet = (const struct sockaddr_in *)(const void *)address;
    int port = ntohs(internet->sin_port) - KERNEL_PORT;
    int host = (int)ntohl(internet->sin_addr.s_addr);
    return port >= 0 && port < KERNEL_PORTS ? host * KERNEL_PORTS + port : -1;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t size)
{
    stream *self = open_stream(fd);
    DEMAND(size == sizeof(struct sockaddr_in));
    self->place = place_of(address);
    self->node = self->place < 0 ? -1 : self->place % KERNEL_PORTS;
    model_connect(self);
    if (kernel.now >= self->connect_at) {
        return self->connected ? 0 : fails(self->refusal);
    }
    return fails(EINPROGRESS);
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    const stream *self = open_stream(fd);
    DEMAND(level == SOL_SOCKET && name == SO_ERROR && *size == sizeof(int));
    *(int *)value = kernel.now >= self->connect_at && !self->connected ? self->refusal : 0;
    return 0;
}

int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
    open_stream(fd);
    (void)size;
    address->sa_family = AF_INET; /* and the peer's is another, so no stream is its own peer */
    return 0;
}

int __wrap_getpeername(int fd, struct sockaddr *address, socklen_t *size)
{
    const stream *self = open_stream(fd);
    (void)size;
    address->sa_family = AF_UNSPEC;
    return kernel.now >= self->connect_at && self->connected ? 0 : fails(ENOTCONN);
}

/* piece is how much of `size` bytes goes at once. */
static size_t piece(size_t size)
{
    unsigned roll = dice_roll();
    size_t some = roll < 192 ? size : roll - 191;
    return some < size ? some : size;
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
    stream *self = open_stream(fd);
    DEMAND((flags & (MSG_DONTWAIT | MSG_NOSIGNAL)) == (MSG_DONTWAIT | MSG_NOSIGNAL));
    DEMAND(size > 0 && self->connected && kernel.now >= self->connect_at);
    if (self->reset) {
        return fails(EPIPE);
    }
    if (self->ended) {
        self->reset = true; /* the peer answers with RST to what it cannot take any more */
        return (ssize_t)size;
    }
    size_t most = room(self) < size ? room(self) : size;
    if (most == 0) {
        return fails(EAGAIN);
    }
    size_t taken = piece(most);
    if (self->sent.length == self->held) {
        self->process_at = kernel.now + model_delay();
    }
    DEMAND(rc_buffer_append(&self->sent, data, taken) == RC_OK);
    play();
    return (ssize_t)taken;
}

static ssize_t take(stream *self, char *data, size_t size, bool peek)
{
    if (self->reset && visible(self)) {
        return fails(ECONNRESET);
    }
    if (!visible(self) || unread(self) == 0) {
        return visible(self) && self->ended ? 0 : fails(EAGAIN);
    }
    size_t most = unread(self) < size ? unread(self) : size;
    size_t taken = peek ? most : piece(most);
    memcpy(data, self->reply.data + self->read, taken);
    if (!peek) {
        self->read += taken;
        if (self->read == self->reply.length) {
            self->read = self->reply.length = 0;
        }
    }
    return (ssize_t)taken;
}

/* A patient read sleeps until there is something, or its time is over, or a signal comes. */
ssize_t __wrap_recv(int fd, void *data, size_t size, int flags)
{
    stream *self = open_stream(fd);
    DEMAND(size > 0 && self->connected);
    bool patient = !(flags & MSG_DONTWAIT);
    rc_msec until = kernel.now + READ_WAIT;
    play();
    while (patient && !(ready(self) & POLLIN)) {
        if (model_trouble(1)) {
            return fails(EINTR);
        }
        if (!pass(until)) {
            break;
        }
    }
    return take(self, data, size, flags & MSG_PEEK);
}

int __wrap_shutdown(int fd, int how)
{
    open_stream(fd);
    DEMAND(how == SHUT_RDWR);
    return 0;
}

int __wrap_close(int fd)
{
    stream *self = stream_of(fd);
    if (self == NULL) {
        return __real_close(fd);
    }
    DEMAND(self->open);
    self->open = false;
    model_closed(self);
    return 0;
}

int __wrap_fcntl(int fd, int command, ...)
{
    open_stream(fd);
    DEMAND(command == F_SETFL);
    return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    open_stream(fd);
    (void)level;
    (void)name;
    (void)value;
    (void)size;
    return 0;
}

static int look(struct pollfd *sockets, nfds_t count)
{
    int some = 0;
    for (nfds_t i = 0; i < count; i++) {
        short events = (short)(sockets[i].events | POLLERR | POLLHUP);
        sockets[i].revents = (short)(ready(open_stream(sockets[i].fd)) & events);
        some += sockets[i].revents != 0;
    }
    return some;
}

int __wrap_poll(struct pollfd *sockets, nfds_t count, int timeout)
{
    rc_msec until = timeout < 0 ? RC_NEVER : kernel.now + timeout;
    DEMAND(++kernel.steps < STEPS_MAX);
    if (model_trouble(1)) {
        return fails(EINTR);
    }
    play();
    for (;;) {
        int some = look(sockets, count);
        if (some > 0 || kernel.now >= until || !pass(until)) {
            return some > 0 ? some : look(sockets, count);
        }
    }
}
