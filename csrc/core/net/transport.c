#include "core/net/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

void rc_transport_init(rc_transport *transport)
{
    *transport = (rc_transport){.fd = -1};
}

static void close_socket(rc_transport *transport)
{
    if (transport->fd >= 0) {
        close(transport->fd);
        transport->fd = -1;
    }
}

static void forget_addresses(rc_transport *transport)
{
    rc_resolver_drop(transport->resolver);
    transport->resolver = NULL;
    transport->address = NULL;
}

/* end_resolving leaves the resolver's descriptor, which others may poll as well, to the resolver.
 */
static void end_resolving(rc_transport *transport)
{
    if (transport->resolving) {
        transport->resolving = false;
        transport->fd = -1;
    }
}

void rc_transport_close(rc_transport *transport, bool polite)
{
    if (transport->session != NULL) {
        rc_tls_end(transport->session, polite);
        transport->session = NULL;
    }
    end_resolving(transport);
    close_socket(transport);
    forget_addresses(transport);
}

static void set_keepalive(int fd, const rc_keepalive *keepalive)
{
    if (!keepalive->on) {
        return;
    }
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
#ifdef TCP_KEEPIDLE
    if (keepalive->idle > 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &keepalive->idle, sizeof keepalive->idle);
    }
#endif
#ifdef TCP_KEEPINTVL
    if (keepalive->interval > 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &keepalive->interval,
                   sizeof keepalive->interval);
    }
#endif
#ifdef TCP_KEEPCNT
    if (keepalive->count > 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &keepalive->count, sizeof keepalive->count);
    }
#endif
}

/* begin makes a socket for the current address and starts to connect it. */
static bool begin(rc_transport *transport, int *why)
{
    const struct addrinfo *address = transport->address;
    int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    address->ai_protocol);
    if (fd < 0) {
        *why = errno;
        return false;
    }
    transport->fd = fd;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    set_keepalive(fd, &transport->keepalive);
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS) {
        return true;
    }
    *why = errno;
    close_socket(transport);
    return false;
}

/* begin_any tries addresses from the current one on; `why` is what ended the one before. */
static rc_status begin_any(rc_transport *transport, int why, rc_error *error)
{
    while (transport->address != NULL) {
        if (begin(transport, &why)) {
            return RC_OK;
        }
        transport->address = transport->address->ai_next;
    }
    return rc_error_errno(error, RC_CONNECT, why, "cannot connect");
}

static rc_status begin_first(rc_transport *transport, rc_error *error)
{
    rc_status status = rc_resolver_result(transport->resolver, &transport->address, error);
    return status == RC_OK ? begin_any(transport, 0, error) : status;
}

rc_status rc_transport_open(rc_transport *transport, rc_resolver *resolver, const char *name,
                            const rc_keepalive *keepalive, rc_tls *tls, rc_error *error)
{
    rc_transport_init(transport);
    snprintf(transport->name, sizeof transport->name, "%s", name);
    transport->keepalive = *keepalive;
    transport->tls = tls;
    transport->resolver = resolver;
    if (!rc_resolver_done(resolver)) {
        transport->resolving = true;
        transport->fd = rc_resolver_fd(resolver);
        return RC_OK;
    }
    rc_status status = begin_first(transport, error);
    if (status != RC_OK) {
        rc_transport_close(transport, false);
    }
    return status;
}

static rc_io go_on_resolving(rc_transport *transport, rc_error *error)
{
    if (!rc_resolver_done(transport->resolver)) {
        return RC_IO_WAIT_READ;
    }
    end_resolving(transport);
    return begin_first(transport, error) == RC_OK ? RC_IO_WAIT_WRITE : RC_IO_FAILED;
}

static bool same_address(const struct sockaddr_storage *own, const struct sockaddr_storage *peer)
{
    if (own->ss_family != peer->ss_family) {
        return false;
    }
    if (own->ss_family == AF_INET6) {
        const struct sockaddr_in6 *a = (const struct sockaddr_in6 *)own;
        const struct sockaddr_in6 *b = (const struct sockaddr_in6 *)peer;
        return a->sin6_port == b->sin6_port &&
               memcmp(&a->sin6_addr, &b->sin6_addr, sizeof a->sin6_addr) == 0;
    }
    const struct sockaddr_in *a = (const struct sockaddr_in *)own;
    const struct sockaddr_in *b = (const struct sockaddr_in *)peer;
    return own->ss_family == AF_INET && a->sin_port == b->sin_port &&
           a->sin_addr.s_addr == b->sin_addr.s_addr;
}

/*
 * is_own_echo: where nobody listens on a port of this machine, the system may give that very port
 * to the socket that connects to it. TCP then connects the socket with itself, and every request
 * comes back as if it were the reply. The reset keeps the port from being held in TIME_WAIT, as the
 * server that belongs there may start at any moment.
 */
static bool is_own_echo(int fd, const struct sockaddr_storage *peer)
{
    struct sockaddr_storage own;
    socklen_t size = sizeof own;
    if (getsockname(fd, (struct sockaddr *)&own, &size) != 0 || !same_address(&own, peer)) {
        return false;
    }
    const struct linger reset = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    return true;
}

/* connect_result is the outcome of a connect that was in progress; EINPROGRESS while it is. */
static int connect_result(int fd)
{
    int result = 0;
    socklen_t size = sizeof result;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &result, &size) != 0) {
        return errno;
    }
    struct sockaddr_storage peer;
    socklen_t peer_size = sizeof peer;
    if (result == 0 && getpeername(fd, (struct sockaddr *)&peer, &peer_size) != 0) {
        return EINPROGRESS;
    }
    return result == 0 && is_own_echo(fd, &peer) ? ECONNREFUSED : result;
}

/*
 * allow_patience makes a plain socket able to block: every read and write says by itself whether it
 * waits. OpenSSL's calls cannot say it, so a socket under TLS never blocks.
 */
static void allow_patience(rc_transport *transport)
{
    if (transport->tls == NULL) {
        const struct timeval limit = {.tv_usec = RC_READ_WAIT * 1000};
        setsockopt(transport->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        fcntl(transport->fd, F_SETFL, 0);
    }
}

static rc_io connect_tcp(rc_transport *transport, rc_error *error)
{
    int why = connect_result(transport->fd);
    if (why == 0) {
        forget_addresses(transport);
        allow_patience(transport);
        return RC_IO_OK;
    }
    if (why == EINPROGRESS) {
        return RC_IO_WAIT_WRITE;
    }
    close_socket(transport);
    transport->address = transport->address->ai_next;
    return begin_any(transport, why, error) == RC_OK ? RC_IO_WAIT_WRITE : RC_IO_FAILED;
}

rc_io rc_transport_connect(rc_transport *transport, rc_error *error)
{
    if (transport->resolving) {
        return go_on_resolving(transport, error);
    }
    if (transport->resolver != NULL) {
        rc_io io = connect_tcp(transport, error);
        if (io != RC_IO_OK) {
            return io;
        }
    }
    if (transport->tls == NULL) {
        return RC_IO_OK;
    }
    if (transport->session == NULL) {
        transport->session = rc_tls_begin(transport->tls, transport->fd, transport->name, error);
        if (transport->session == NULL) {
            return RC_IO_FAILED;
        }
    }
    return rc_tls_handshake(transport->session, error);
}

static bool must_wait(int sys_errno)
{
    return sys_errno == EAGAIN || sys_errno == EWOULDBLOCK;
}

rc_io rc_transport_read(rc_transport *transport, char *data, size_t size, size_t *done,
                        rc_error *error)
{
    if (transport->session != NULL) {
        rc_io io = rc_tls_read(transport->session, data, size, done, error);
        transport->received += io == RC_IO_OK ? *done : 0;
        return io;
    }
    bool patient = transport->patient;
    transport->patient = false;
    ssize_t got;
    do {
        got = recv(transport->fd, data, size, patient ? 0 : MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR && !patient);
    transport->in_vain = got < 0;
    if (got > 0) {
        *done = (size_t)got;
        transport->received += *done;
        return RC_IO_OK;
    }
    if (got == 0) {
        return RC_IO_CLOSED;
    }
    if (must_wait(errno) || errno == EINTR) {
        return RC_IO_WAIT_READ;
    }
    rc_error_errno(error, RC_CLOSED, errno, "cannot read");
    return RC_IO_FAILED;
}

rc_io rc_transport_write(rc_transport *transport, const char *data, size_t size, size_t *done,
                         rc_error *error)
{
    if (transport->session != NULL) {
        rc_io io = rc_tls_write(transport->session, data, size, done, error);
        transport->sent += io == RC_IO_OK ? *done : 0;
        return io;
    }
    ssize_t sent;
    do {
        sent = send(transport->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
        *done = (size_t)sent;
        transport->sent += *done;
        return RC_IO_OK;
    }
    if (must_wait(errno)) {
        return RC_IO_WAIT_WRITE;
    }
    rc_error_errno(error, RC_CLOSED, errno, "cannot write");
    return RC_IO_FAILED;
}

bool rc_transport_pending(rc_transport *transport)
{
    return transport->session != NULL && rc_tls_pending(transport->session);
}

bool rc_transport_quiet(rc_transport *transport)
{
    char byte;
    return recv(transport->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && must_wait(errno);
}

void rc_transport_shut(rc_transport *transport)
{
    shutdown(transport->fd, SHUT_RDWR);
}
