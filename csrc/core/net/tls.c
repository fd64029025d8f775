#include "core/net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct rc_tls {
    SSL_CTX *context;
    BIO_METHOD *socket; /* OpenSSL's own, but for SIGPIPE */
    bool check_hostname;
};

struct rc_tls_session {
    SSL *ssl;
    char name[RC_HOST_MAX]; /* of the peer, for messages */
};

/* is_plaintext: the peer does not speak TLS. OpenSSL's own words for that help no user. */
static bool is_plaintext(unsigned long code)
{
    int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
    return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
           reason == SSL_R_PACKET_LENGTH_TOO_LONG;
}

/* fail puts OpenSSL's own first reason behind `what`, and empties its queue for the next call. */
static void fail(rc_error *error, const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = ERR_reason_error_string(code);
    char system[128] = "unknown reason";
    if (ERR_GET_LIB(code) == ERR_LIB_SYS) {
        strerror_r(ERR_GET_REASON(code), system, sizeof system);
    }
    ERR_clear_error();
    rc_error_set(error, RC_TLS, "%s: %s%s", what, reason != NULL ? reason : system,
                 is_plaintext(code)
                     ? " (what the server sends is not TLS: for a server without it, "
                       "leave out ssl=True, or begin the URL with redis://)"
                     : "");
}

/* ---- the socket ---- */

/*
 * OpenSSL's own socket writes with write(2), and a peer that is gone would end the process by
 * SIGPIPE. This one is all that OpenSSL needs of a socket that is connected and not its own.
 */
static int fd_of(BIO *bio)
{
    return (int)(intptr_t)BIO_get_data(bio);
}

static int write_socket(BIO *bio, const char *data, int length)
{
    BIO_clear_retry_flags(bio);
    ssize_t sent = send(fd_of(bio), data, (size_t)length, MSG_NOSIGNAL);
    if (sent < 0 && BIO_sock_should_retry((int)sent)) {
        BIO_set_retry_write(bio);
    }
    return (int)sent;
}

static int read_socket(BIO *bio, char *data, int length)
{
    BIO_clear_retry_flags(bio);
    ssize_t got = recv(fd_of(bio), data, (size_t)length, 0);
    if (got < 0 && BIO_sock_should_retry((int)got)) {
        BIO_set_retry_read(bio);
    }
#ifdef BIO_FLAGS_IN_EOF
    if (got == 0) {
        BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    }
#endif
    return (int)got;
}

static long control_socket(BIO *bio, int command, long number, void *pointer)
{
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
#ifdef BIO_FLAGS_IN_EOF
    case BIO_CTRL_EOF:
        return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
#endif
    default:
        (void)bio;
        return 0;
    }
}

static BIO_METHOD *make_socket_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
    if (method != NULL) {
        BIO_meth_set_write(method, write_socket);
        BIO_meth_set_read(method, read_socket);
        BIO_meth_set_ctrl(method, control_socket);
    }
    return method;
}

/* ---- settings ---- */

static int give_password(char *buffer, int size, int writing, void *context)
{
    const char *password = context;
    (void)writing;
    size_t length = password == NULL ? 0 : strlen(password);
    if (length > (size_t)size) {
        return -1;
    }
    if (length > 0) {
        memcpy(buffer, password, length);
    }
    return (int)length;
}

static bool load_ca_data(SSL_CTX *context, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    if (bio == NULL) {
        return false;
    }
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    size_t loaded = 0;
    for (X509 *certificate; (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL;) {
        loaded += X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
    }
    BIO_free(bio);
    ERR_clear_error(); /* the end of the text is reported as an error */
    return loaded > 0;
}

/* OpenSSL looks into the directory only when it meets a certificate: too late for a clear error. */
static bool may_look_into(const char *directory, rc_error *error)
{
    if (directory == NULL || access(directory, R_OK | X_OK) == 0) {
        return true;
    }
    rc_error_errno(error, RC_TLS, errno, "cannot read ssl_ca_path");
    return false;
}

static bool load_authorities(SSL_CTX *context, const rc_tls_options *options, rc_error *error)
{
    if (options->ca_data != NULL && !load_ca_data(context, options->ca_data)) {
        fail(error, "no certificate in ssl_ca_data");
        return false;
    }
    if (!may_look_into(options->ca_path, error)) {
        return false;
    }
    if (options->ca_file != NULL || options->ca_path != NULL) {
        if (SSL_CTX_load_verify_locations(context, options->ca_file, options->ca_path) != 1) {
            fail(error, "cannot read ssl_ca_certs or ssl_ca_path");
            return false;
        }
    } else if (options->ca_data == NULL) {
        SSL_CTX_set_default_verify_paths(context);
    }
    return true;
}

static bool load_identity(SSL_CTX *context, const rc_tls_options *options, rc_error *error)
{
    if (options->cert_file == NULL) {
        if (options->key_file != NULL) {
            rc_error_set(error, RC_TLS, "ssl_keyfile is of no use without ssl_certfile");
        }
        return options->key_file == NULL;
    }
    SSL_CTX_set_default_passwd_cb(context, give_password);
    SSL_CTX_set_default_passwd_cb_userdata(context, options->key_password);
    if (SSL_CTX_use_certificate_chain_file(context, options->cert_file) != 1) {
        fail(error, "cannot read ssl_certfile");
        return false;
    }
    const char *key = options->key_file != NULL ? options->key_file : options->cert_file;
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
        fail(error, "cannot read ssl_keyfile");
        return false;
    }
    return true;
}

/* load_revocations: a CRL counts for the server's own certificate, as its authority issued it. */
static bool load_revocations(SSL_CTX *context, const rc_tls_options *options, rc_error *error)
{
    if (options->crl_file == NULL) {
        return true;
    }
    if (!options->verify) {
        rc_error_set(error, RC_TLS, "ssl_crl_file is of no use where certificates are not checked");
        return false;
    }
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (lookup == NULL || X509_load_crl_file(lookup, options->crl_file, X509_FILETYPE_PEM) < 1 ||
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK) != 1) {
        fail(error, "cannot read ssl_crl_file");
        return false;
    }
    return true;
}

/* limit_protocol allows TLS before 1.2 only if the options name it. */
static bool limit_protocol(SSL_CTX *context, const rc_tls_options *options, rc_error *error)
{
    int least = options->min_version != 0 ? options->min_version : TLS1_2_VERSION;
    if (SSL_CTX_set_min_proto_version(context, least) != 1) {
        fail(error, "ssl_min_version is not known");
        return false;
    }
    if (options->ciphers != NULL && SSL_CTX_set_cipher_list(context, options->ciphers) != 1) {
        fail(error, "no cipher in ssl_ciphers is known");
        return false;
    }
    if (options->ciphersuites != NULL &&
        SSL_CTX_set_ciphersuites(context, options->ciphersuites) != 1) {
        fail(error, "a cipher suite in ssl_ciphersuites is not known");
        return false;
    }
    return true;
}

static bool configure(SSL_CTX *context, const rc_tls_options *options, rc_error *error)
{
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
    /* RESP has its own framing: a stream that ends without close_notify is just a lost
     * connection. */
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
#endif
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_verify(context, options->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    return limit_protocol(context, options, error) && load_authorities(context, options, error) &&
           load_revocations(context, options, error) && load_identity(context, options, error);
}

rc_tls *rc_tls_new(const rc_tls_options *options, rc_error *error)
{
    rc_tls *tls = rc_alloc_zeroed(sizeof *tls);
    if (tls == NULL) {
        rc_error_set(error, RC_NOMEM, "out of memory");
        return NULL;
    }
    tls->check_hostname = options->verify && options->check_hostname;
    tls->context = SSL_CTX_new(TLS_client_method());
    tls->socket = make_socket_method();
    if (tls->context == NULL || tls->socket == NULL) {
        fail(error, "OpenSSL cannot start");
        rc_tls_free(tls);
        return NULL;
    }
    if (!configure(tls->context, options, error)) {
        rc_tls_free(tls);
        return NULL;
    }
    return tls;
}

void rc_tls_free(rc_tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->context);
        BIO_meth_free(tls->socket);
        rc_free(tls);
    }
}

static bool is_address(const char *host)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* name_peer: an address is checked against the certificate's addresses, and has no SNI. */
static bool name_peer(SSL *ssl, const char *host, bool check)
{
    if (is_address(host)) {
        return !check || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    }
    return SSL_set_tlsext_host_name(ssl, host) == 1 && (!check || SSL_set1_host(ssl, host) == 1);
}

static bool attach(rc_tls *tls, SSL *ssl, int fd)
{
    BIO *bio = BIO_new(tls->socket);
    if (bio == NULL) {
        return false;
    }
    BIO_set_data(bio, (void *)(intptr_t)fd);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    return true;
}

rc_tls_session *rc_tls_begin(rc_tls *tls, int fd, const char *host, rc_error *error)
{
    rc_tls_session *session = rc_alloc_zeroed(sizeof *session);
    if (session == NULL) {
        rc_error_set(error, RC_NOMEM, "out of memory");
        return NULL;
    }
    snprintf(session->name, sizeof session->name, "%s", host);
    session->ssl = SSL_new(tls->context);
    if (session->ssl == NULL || !attach(tls, session->ssl, fd) ||
        !name_peer(session->ssl, host, tls->check_hostname)) {
        fail(error, "cannot begin TLS");
        rc_tls_end(session, false);
        return NULL;
    }
    SSL_set_connect_state(session->ssl);
    return session;
}

void rc_tls_end(rc_tls_session *session, bool polite)
{
    if (session->ssl != NULL) {
        if (polite && SSL_is_init_finished(session->ssl)) {
            SSL_shutdown(session->ssl);
        }
        SSL_free(session->ssl);
    }
    ERR_clear_error();
    rc_free(session);
}

/*
 * lost is the outcome when the system has ended the connection. Since OpenSSL 3.5 its reason stands
 * in OpenSSL's queue as well, and there alone if errno was overwritten meanwhile.
 */
static rc_io lost(int sys_errno, const char *what, rc_error *error)
{
    unsigned long code = ERR_peek_error();
    if (ERR_GET_LIB(code) == ERR_LIB_SYS && ERR_GET_REASON(code) != 0) {
        sys_errno = ERR_GET_REASON(code);
    }
    ERR_clear_error();
    if (sys_errno == 0) {
        return RC_IO_CLOSED;
    }
    rc_error_errno(error, RC_CLOSED, sys_errno, what);
    return RC_IO_FAILED;
}

/* refused_certificate is what was wrong with the server's certificate, if that is checked at all.
 */
static const char *refused_certificate(const rc_tls_session *session)
{
    long verdict = SSL_get_verify_result(session->ssl);
    bool checked = SSL_get_verify_mode(session->ssl) != SSL_VERIFY_NONE;
    return checked && verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : NULL;
}

/* outcome turns what an SSL_* call returned into an rc_io. */
static rc_io outcome(rc_tls_session *session, int result, const char *what, rc_error *error)
{
    int sys_errno = errno;
    unsigned long code = ERR_peek_error();
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return RC_IO_WAIT_READ;
    case SSL_ERROR_WANT_WRITE:
        return RC_IO_WAIT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return RC_IO_CLOSED;
    case SSL_ERROR_SYSCALL:
        if (code == 0 || ERR_GET_LIB(code) == ERR_LIB_SYS) {
            return lost(sys_errno, what, error);
        }
        break;
    default:
        break;
    }
    const char *refusal = refused_certificate(session);
    if (refusal != NULL) {
        ERR_clear_error();
        rc_error_set(error, RC_TLS, "%s: certificate of %s: %s", what, session->name, refusal);
    } else {
        fail(error, what);
    }
    return RC_IO_FAILED;
}

rc_io rc_tls_handshake(rc_tls_session *session, rc_error *error)
{
    ERR_clear_error();
    errno = 0;
    int result = SSL_do_handshake(session->ssl);
    return result == 1 ? RC_IO_OK : outcome(session, result, "TLS handshake", error);
}

rc_io rc_tls_read(rc_tls_session *session, char *data, size_t size, size_t *done, rc_error *error)
{
    ERR_clear_error();
    errno = 0;
    int result = SSL_read_ex(session->ssl, data, size, done);
    return result == 1 ? RC_IO_OK : outcome(session, result, "TLS read", error);
}

/*
 * read_alert looks for the alert of a server that has closed: with TLS 1.3 it says only after the
 * handshake that it wants another certificate, and a write may find the socket dead before a read
 * finds the reason.
 */
static void read_alert(rc_tls_session *session, rc_error *error)
{
    char byte;
    size_t done;
    ERR_clear_error();
    int result = SSL_peek_ex(session->ssl, &byte, 1, &done); /* replies stay for their reader */
    if (result != 1 && SSL_get_error(session->ssl, result) == SSL_ERROR_SSL) {
        fail(error, "TLS");
    }
    ERR_clear_error();
}

rc_io rc_tls_write(rc_tls_session *session, const char *data, size_t size, size_t *done,
                   rc_error *error)
{
    ERR_clear_error();
    errno = 0;
    int result = SSL_write_ex(session->ssl, data, size, done);
    rc_io io = result == 1 ? RC_IO_OK : outcome(session, result, "TLS write", error);
    if (io == RC_IO_FAILED && error->status == RC_CLOSED) {
        read_alert(session, error);
    }
    return io;
}

bool rc_tls_pending(rc_tls_session *session)
{
    return SSL_pending(session->ssl) > 0;
}
