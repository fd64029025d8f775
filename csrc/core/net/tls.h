/*
 * tls: OpenSSL behind a small door.
 *
 * An rc_tls is the settings of one client (certificates, authorities), made once and shared by its
 * threads; an rc_tls_session is one connection's state and belongs to it. No function blocks: the
 * socket below is non-blocking and a session says what it waits for.
 */
#ifndef RC_TLS_H
#define RC_TLS_H

#include "core/base/options.h"

typedef enum rc_io {
    RC_IO_OK,
    RC_IO_WAIT_READ,  /* call again when the socket is readable */
    RC_IO_WAIT_WRITE, /* the socket has to become writable */
    RC_IO_CLOSED,     /* the peer closed the connection */
    RC_IO_FAILED      /* *error says why */
} rc_io;

typedef struct rc_tls rc_tls;
typedef struct rc_tls_session rc_tls_session;

/* rc_tls_new reads certificate files (it may block on a disk); NULL and *error when it cannot. */
rc_tls *rc_tls_new(const rc_tls_options *options, rc_error *error);

/* rc_tls_free must not be called while sessions live; NULL is allowed. */
void rc_tls_free(rc_tls *tls);

/* rc_tls_begin makes a session on a connected socket, with `host` for SNI and the name check. */
rc_tls_session *rc_tls_begin(rc_tls *tls, int fd, const char *host, rc_error *error);

/* rc_tls_end frees a session; `polite` sends the closing alert if that needs no wait. */
void rc_tls_end(rc_tls_session *session, bool polite);

/* rc_tls_handshake goes on with the handshake, without waiting: RC_IO_OK when it is done. */
rc_io rc_tls_handshake(rc_tls_session *session, rc_error *error);

/* rc_tls_read reads up to `size` bytes, without waiting; *done is at least 1 on RC_IO_OK. */
rc_io rc_tls_read(rc_tls_session *session, char *data, size_t size, size_t *done, rc_error *error);

/*
 * rc_tls_write writes up to `size` bytes, without waiting; *done is at least 1 on RC_IO_OK. It may
 * want to read first, and is then called again with the same bytes.
 */
rc_io rc_tls_write(rc_tls_session *session, const char *data, size_t size, size_t *done,
                   rc_error *error);

/* rc_tls_pending: bytes are decrypted already, so poll(2) does not see them. */
bool rc_tls_pending(rc_tls_session *session);

#endif
