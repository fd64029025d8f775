/*
 * transport: a byte stream to one address, plain or TLS, that does not block unless it is asked to.
 *
 * Its host is resolved, and every address of it tried in turn, until one accepts. Only a patient
 * read can block; everything else says what it waits for. A transport belongs to its connection; no
 * locks, no Python.
 */
#ifndef RC_TRANSPORT_H
#define RC_TRANSPORT_H

#include "core/net/resolver.h"
#include "core/net/tls.h"

typedef struct rc_transport {
    int fd; /* to poll: the socket, or before that the resolver's; -1: closed */
    rc_tls *tls;
    rc_tls_session *session;
    rc_resolver *resolver;          /* while connecting */
    const struct addrinfo *address; /* the one being tried */
    char name[RC_HOST_MAX];         /* of the peer, for TLS */
    rc_keepalive keepalive;
    bool resolving;
    bool patient;  /* the next read waits, see rc_transport_read */
    bool in_vain;  /* the last one that did, did so for nothing */
    uint64_t sent; /* bytes, until somebody who counts takes them */
    uint64_t received;
} rc_transport;

enum { RC_READ_WAIT = 250 }; /* milliseconds */

/* rc_transport_init makes a transport without a socket, which rc_transport_close leaves as well. */
void rc_transport_init(rc_transport *transport);

/*
 * rc_transport_open begins to connect to what the resolver finds, which it takes over in any case;
 * go on with rc_transport_connect. `name` is what the peer is called under TLS, in SNI and in its
 * certificate.
 */
rc_status rc_transport_open(rc_transport *transport, rc_resolver *resolver, const char *name,
                            const rc_keepalive *keepalive, rc_tls *tls, rc_error *error);

/*
 * rc_transport_connect goes on connecting: RC_IO_OK when bytes can flow. Each call may leave
 * another fd to be polled.
 */
rc_io rc_transport_connect(rc_transport *transport, rc_error *error);

/*
 * rc_transport_read reads at least one byte on RC_IO_OK, and does not wait.
 * After transport->patient was set (plain streams only) the next read waits itself, up to
 * RC_READ_WAIT or the next signal, which saves the call of poll(2).
 */
rc_io rc_transport_read(rc_transport *transport, char *data, size_t size, size_t *done,
                        rc_error *error);
/* rc_transport_write writes at least one byte on RC_IO_OK, and does not wait. */
rc_io rc_transport_write(rc_transport *transport, const char *data, size_t size, size_t *done,
                         rc_error *error);

/* rc_transport_pending: a read would give bytes that poll(2) does not know of. */
bool rc_transport_pending(rc_transport *transport);

/* rc_transport_quiet: the peer neither closed the stream nor sent anything unasked. */
bool rc_transport_quiet(rc_transport *transport);

/* rc_transport_shut ends the stream in both directions, under whoever waits on it; it stays open.
 */
void rc_transport_shut(rc_transport *transport);

/* rc_transport_close may be called at any time; `polite` says good-bye where TLS has a word for it.
 */
void rc_transport_close(rc_transport *transport, bool polite);

#endif
