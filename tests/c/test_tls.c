/* test_tls: settings that cannot be used, whom a session trusts, and bytes through an encrypted
 * pair. */
#include "certificate.h"
#include "check.h"

#include "core/net/tls.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static certificate ours;   /* good for localhost and 127.0.0.1 */
static certificate theirs; /* of somebody else */

/* ---- settings ---- */

static rc_tls_options trusting(void)
{
    return (rc_tls_options){
        .on = true, .check_hostname = true, .verify = true, .ca_file = ours.cert_file};
}

static void refused(const rc_tls_options *options, const char *part)
{
    rc_error error;
    rc_error_clear(&error);
    CHECK(rc_tls_new(options, &error) == NULL);
    CHECK_STATUS(error.status, RC_TLS);
    CHECK_HAS(error.message, part);
}

/* Each setting that cannot be used is named, and OpenSSL's own reason stands behind it. */
static void bad_settings_are_named(void)
{
    rc_tls_options options = trusting();
    options.ca_file = "/nowhere/ca.pem";
    refused(&options, "cannot read ssl_ca_certs or ssl_ca_path: No such file or directory");
    options = trusting();
    options.ca_path = "/nowhere";
    refused(&options, "cannot read ssl_ca_path: No such file or directory");
    options = trusting();
    options.ca_data = "no certificate";
    refused(&options, "ssl_ca_data");
    options = trusting();
    options.cert_file = "/nowhere/cert.pem";
    refused(&options, "ssl_certfile");
    options.cert_file = ours.cert_file; /* which holds no key */
    refused(&options, "ssl_keyfile");
    options.key_file = "/nowhere/key.pem";
    refused(&options, "ssl_keyfile");
    options.key_file = theirs.key_file;
    refused(&options, "ssl_keyfile");
    refused(&options, "key values mismatch");
    options = trusting();
    options.key_file = ours.key_file;
    refused(&options, "ssl_keyfile is of no use without ssl_certfile");
    options = trusting();
    options.ciphers = "no-such-cipher";
    refused(&options, "ssl_ciphers");
    options = trusting();
    options.ciphersuites = "no-such-suite";
    refused(&options, "ssl_ciphersuites");
    options = trusting();
    options.crl_file = "/nowhere/crl.pem";
    refused(&options, "cannot read ssl_crl_file: No such file or directory");
    options.crl_file = ours.cert_file; /* which holds no list */
    refused(&options, "ssl_crl_file");
    options.verify = false;
    refused(&options, "ssl_crl_file is of no use where certificates are not checked");
    options = trusting();
    options.min_version = 12345;
    refused(&options, "ssl_min_version");
}

static void a_locked_key_needs_its_password(void)
{
    rc_tls_options options = trusting();
    options.cert_file = ours.cert_file;
    options.key_file = ours.locked_file;
    refused(&options, "ssl_keyfile");
    options.key_password = "another";
    refused(&options, "ssl_keyfile");
    char endless[5000];
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    options.key_password = endless;
    refused(&options, "ssl_keyfile");
    options.key_password = KEY_PASSWORD;
    rc_error error;
    rc_tls *tls = rc_tls_new(&options, &error);
    CHECK(tls != NULL);
    rc_tls_free(tls);
    rc_tls_free(NULL);
}

/* ---- a pair: the client of the core and a server of OpenSSL, in one thread ---- */

typedef struct pair {
    rc_tls *tls;
    rc_tls_session *client;
    SSL_CTX *context;
    SSL *server;
    int fds[2];
    rc_error error;
} pair;

static void make_pair(pair *self, const rc_tls_options *options, const char *host, SSL_CTX *context)
{
    rc_error_clear(&self->error);
    self->context = context;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, self->fds) == 0);
    for (int i = 0; i < 2; i++) {
        CHECK(fcntl(self->fds[i], F_SETFL, O_NONBLOCK) == 0);
    }
    self->tls = rc_tls_new(options, &self->error);
    CHECK(self->tls != NULL);
    self->client = rc_tls_begin(self->tls, self->fds[0], host, &self->error);
    CHECK(self->client != NULL);
    self->server = SSL_new(context);
    CHECK(self->server != NULL && SSL_set_fd(self->server, self->fds[1]) == 1);
    SSL_set_accept_state(self->server);
}

/* vanish ends the server as a process that is killed. */
static void vanish(pair *self)
{
    SSL_free(self->server);
    close(self->fds[1]);
    self->server = NULL;
}

static void end_pair(pair *self)
{
    rc_tls_end(self->client, true);
    close(self->fds[0]);
    if (self->server != NULL) {
        vanish(self);
    }
    rc_tls_free(self->tls);
    SSL_CTX_free(self->context);
}

static rc_io shake_hands(pair *self)
{
    rc_io io = RC_IO_WAIT_READ;
    for (int i = 0; i < 20 && (io == RC_IO_WAIT_READ || io == RC_IO_WAIT_WRITE); i++) {
        io = rc_tls_handshake(self->client, &self->error);
        SSL_do_handshake(self->server);
    }
    return io;
}

static void opens(const rc_tls_options *options, const char *host)
{
    pair self;
    make_pair(&self, options, host, certificate_server(&ours, false));
    CHECK_INT(shake_hands(&self), RC_IO_OK);
    end_pair(&self);
}

static void fails(const rc_tls_options *options, const char *host, const char *part)
{
    pair self;
    make_pair(&self, options, host, certificate_server(&ours, false));
    CHECK_INT(shake_hands(&self), RC_IO_FAILED);
    CHECK_STATUS(self.error.status, RC_TLS);
    CHECK_HAS(self.error.message, part);
    end_pair(&self);
}

static void open_pair(pair *self)
{
    rc_tls_options options = trusting();
    make_pair(self, &options, "localhost", certificate_server(&ours, false));
    CHECK_INT(shake_hands(self), RC_IO_OK);
}

/* ---- whom to trust ---- */

static void a_known_certificate_is_trusted(void)
{
    rc_tls_options options = trusting();
    opens(&options, "localhost");
    opens(&options, "127.0.0.1"); /* an address is one of the certificate's addresses */
    options.ca_file = NULL;
    options.ca_data = ours.pem;
    opens(&options, "localhost");
    options.min_version = TLS1_3_VERSION;
    opens(&options, "localhost");
}

/* OpenSSL looks for a file whose name it computes from that of the authority. */
static void an_authority_may_be_one_of_a_directory(void)
{
    char file[160];
    snprintf(file, sizeof file, "%s/%08lx.0", ours.directory,
             X509_subject_name_hash(ours.signed_by_itself));
    CHECK(symlink(ours.cert_file, file) == 0);
    rc_tls_options options = trusting();
    options.ca_file = NULL;
    options.ca_path = ours.directory;
    opens(&options, "localhost");
    options.ca_path = theirs.directory;
    fails(&options, "localhost", "certificate");
    unlink(file);
}

static void an_unknown_certificate_is_not(void)
{
    rc_tls_options options = trusting();
    options.ca_file = theirs.cert_file;
    fails(&options, "localhost", "certificate");
    options.ca_file = NULL;
    fails(&options, "localhost", "certificate"); /* nor does the system know it */
    options.verify = false;
    opens(&options, "localhost");
    opens(&options, "elsewhere.example");
}

static void the_name_must_be_the_certificates(void)
{
    rc_tls_options options = trusting();
    fails(&options, "elsewhere.example", "certificate of elsewhere.example: hostname mismatch");
    fails(&options, "127.0.0.2", "certificate of 127.0.0.2: IP address mismatch");
    fails(&options, "::1", "certificate");
    options.check_hostname = false;
    opens(&options, "elsewhere.example");
    opens(&options, "127.0.0.2");
}

static void a_name_is_sent_and_an_address_is_not(void)
{
    rc_tls_options options = trusting();
    pair self;
    open_pair(&self);
    CHECK_TEXT(SSL_get_servername(self.server, TLSEXT_NAMETYPE_host_name), "localhost");
    end_pair(&self);
    make_pair(&self, &options, "127.0.0.1", certificate_server(&ours, false));
    CHECK_INT(shake_hands(&self), RC_IO_OK);
    CHECK(SSL_get_servername(self.server, TLSEXT_NAMETYPE_host_name) == NULL);
    end_pair(&self);
}

static void the_lowest_version_is_kept(void)
{
    SSL_CTX *old = certificate_server(&ours, false);
    CHECK(SSL_CTX_set_max_proto_version(old, TLS1_2_VERSION) == 1);
    rc_tls_options options = trusting();
    options.min_version = TLS1_3_VERSION;
    pair self;
    make_pair(&self, &options, "localhost", old);
    CHECK_INT(shake_hands(&self), RC_IO_FAILED);
    CHECK_STATUS(self.error.status, RC_TLS);
    end_pair(&self);
}

/* Old protocols are broken: who still needs one has to name it. */
static void tls_before_1_2_is_spoken_by_name_only(void)
{
    rc_tls_options options = trusting();
    options.ciphers = "ALL:@SECLEVEL=0";
    for (int named = 0; named < 2; named++) {
        SSL_CTX *old = certificate_server(&ours, false);
        CHECK(SSL_CTX_set_min_proto_version(old, TLS1_VERSION) == 1);
        CHECK(SSL_CTX_set_max_proto_version(old, TLS1_1_VERSION) == 1);
        CHECK(SSL_CTX_set_cipher_list(old, "ALL:@SECLEVEL=0") == 1);
        options.min_version = named ? TLS1_VERSION : 0;
        pair self;
        make_pair(&self, &options, "localhost", old);
        CHECK_INT(shake_hands(&self), named ? RC_IO_OK : RC_IO_FAILED);
        end_pair(&self);
    }
}

static void the_suites_of_tls_1_3_can_be_chosen(void)
{
    rc_tls_options options = trusting();
    options.min_version = TLS1_3_VERSION;
    options.ciphersuites = "TLS_CHACHA20_POLY1305_SHA256";
    pair self;
    make_pair(&self, &options, "localhost", certificate_server(&ours, false));
    CHECK_INT(shake_hands(&self), RC_IO_OK);
    CHECK_TEXT(SSL_get_cipher(self.server), "TLS_CHACHA20_POLY1305_SHA256");
    end_pair(&self);
}

static void a_server_cannot_renegotiate(void)
{
    SSL_CTX *old = certificate_server(&ours, false);
    CHECK(SSL_CTX_set_max_proto_version(old, TLS1_2_VERSION) == 1);
    rc_tls_options options = trusting();
    pair self;
    make_pair(&self, &options, "localhost", old);
    CHECK_INT(shake_hands(&self), RC_IO_OK);
    CHECK(SSL_renegotiate(self.server) == 1);
    SSL_do_handshake(self.server);
    char byte;
    size_t done;
    CHECK_INT(rc_tls_read(self.client, &byte, 1, &done, &self.error), RC_IO_WAIT_READ);
    int answer = SSL_read(self.server, &byte, 1); /* an alert: no_renegotiation */
    CHECK(answer <= 0 && SSL_get_error(self.server, answer) == SSL_ERROR_SSL);
    end_pair(&self);
}

static void a_revoked_certificate_is_not_trusted(void)
{
    rc_tls_options options = trusting();
    char file[160];
    snprintf(file, sizeof file, "%s/crl.pem", ours.directory);
    options.crl_file = file;
    for (int revoked = 6; revoked <= 7; revoked++) {
        certificate_revoke(&ours, file, revoked);
        pair self;
        make_pair(&self, &options, "localhost", certificate_issue(&ours, "DNS:localhost", 7));
        CHECK_INT(shake_hands(&self), revoked == 7 ? RC_IO_FAILED : RC_IO_OK);
        if (revoked == 7) {
            CHECK_HAS(self.error.message, "certificate of localhost: certificate revoked");
        }
        end_pair(&self);
    }
    unlink(file);
}

/* A certificate that nobody looked at is not the reason when something else breaks. */
static void a_broken_record_is_not_blamed_on_the_certificate(void)
{
    rc_tls_options options = trusting();
    options.ca_file = theirs.cert_file;
    options.verify = false;
    pair self;
    make_pair(&self, &options, "localhost", certificate_server(&ours, false));
    CHECK_INT(shake_hands(&self), RC_IO_OK);
    CHECK(write(self.fds[1], "no record of TLS", 16) == 16);
    char byte;
    size_t done;
    rc_io io = rc_tls_read(self.client, &byte, 1, &done, &self.error);
    CHECK_INT(io, RC_IO_FAILED);
    CHECK_STATUS(self.error.status, RC_TLS);
    CHECK_HAS(self.error.message, "TLS read: ");
    CHECK(strstr(self.error.message, "certificate") == NULL);
    end_pair(&self);
}

static void a_client_shows_its_certificate(void)
{
    rc_tls_options options = trusting();
    options.cert_file = ours.cert_file;
    options.key_file = ours.key_file;
    pair self;
    make_pair(&self, &options, "localhost", certificate_server(&ours, true));
    CHECK_INT(shake_hands(&self), RC_IO_OK);
    CHECK(SSL_is_init_finished(self.server));
    X509 *shown = SSL_get1_peer_certificate(self.server);
    CHECK(shown != NULL && X509_cmp(shown, ours.signed_by_itself) == 0);
    X509_free(shown);
    end_pair(&self);
}

/* With TLS 1.3 a server tells only after the handshake that it wanted a certificate. */
static void without_a_certificate_the_first_read_fails(void)
{
    rc_tls_options options = trusting();
    pair self;
    make_pair(&self, &options, "localhost", certificate_server(&ours, true));
    rc_io io = shake_hands(&self);
    SSL_do_handshake(self.server);
    if (io == RC_IO_OK) {
        char byte;
        size_t done;
        io = rc_tls_read(self.client, &byte, 1, &done, &self.error);
    }
    CHECK_INT(io, RC_IO_FAILED);
    CHECK_STATUS(self.error.status, RC_TLS);
    CHECK_HAS(self.error.message, "certificate required");
    end_pair(&self);
}

/* Nor is its reason lost on who writes first, and finds that the server has gone. */
static void without_a_certificate_a_write_fails_for_that_reason(void)
{
    rc_tls_options options = trusting();
    pair self;
    make_pair(&self, &options, "localhost", certificate_server(&ours, true));
    CHECK_INT(shake_hands(&self), RC_IO_OK);
    SSL_do_handshake(self.server);
    vanish(&self);
    size_t done;
    CHECK_INT(rc_tls_write(self.client, "x", 1, &done, &self.error), RC_IO_FAILED);
    CHECK_STATUS(self.error.status, RC_TLS);
    CHECK_HAS(self.error.message, "certificate required");
    end_pair(&self);
}

/* ---- bytes ---- */

static void bytes_go_both_ways(void)
{
    pair self;
    open_pair(&self);
    char data[64];
    size_t done = 0;
    CHECK_INT(rc_tls_read(self.client, data, sizeof data, &done, &self.error), RC_IO_WAIT_READ);
    CHECK_INT(rc_tls_write(self.client, "hello", 5, &done, &self.error), RC_IO_OK);
    CHECK_INT(done, 5);
    CHECK(SSL_read(self.server, data, sizeof data) == 5 && memcmp(data, "hello", 5) == 0);
    CHECK(SSL_write(self.server, "answer", 6) == 6);
    CHECK_INT(rc_tls_read(self.client, data, 2, &done, &self.error), RC_IO_OK);
    CHECK(done == 2 && memcmp(data, "an", 2) == 0);
    CHECK(rc_tls_pending(self.client)); /* which poll(2) would not know */
    CHECK_INT(rc_tls_read(self.client, data, sizeof data, &done, &self.error), RC_IO_OK);
    CHECK(done == 4 && memcmp(data, "swer", 4) == 0);
    CHECK(!rc_tls_pending(self.client));
    end_pair(&self);
}

enum { MUCH = 3 * 1000 * 1000 };

/* More than the socket takes: a write says to wait, and goes on from bytes that have moved. */
static void a_full_socket_makes_a_write_wait(void)
{
    pair self;
    open_pair(&self);
    char *sent = malloc(MUCH);
    char *moved = malloc(MUCH);
    char *received = malloc(MUCH);
    CHECK(sent != NULL && moved != NULL && received != NULL);
    for (size_t i = 0; i < MUCH; i++) {
        moved[i] = sent[i] = (char)(i * 31 + i / 1000);
    }
    size_t out = 0;
    size_t in = 0;
    int waits = 0;
    while (in < MUCH) {
        size_t done = 0;
        const char *from = waits % 2 != 0 ? moved : sent;
        rc_io io = out == MUCH
                       ? RC_IO_WAIT_WRITE
                       : rc_tls_write(self.client, from + out, MUCH - out, &done, &self.error);
        out += done;
        if (io == RC_IO_WAIT_WRITE) {
            waits++;
            int got;
            while ((got = SSL_read(self.server, received + in, (int)(MUCH - in))) > 0) {
                in += (size_t)got;
            }
        } else {
            CHECK_INT(io, RC_IO_OK);
        }
    }
    CHECK(waits > 3);
    CHECK(memcmp(sent, received, MUCH) == 0);
    free(sent);
    free(moved);
    free(received);
    end_pair(&self);
}

/* ---- the end ---- */

static void a_good_bye_is_an_end(void)
{
    pair self;
    open_pair(&self);
    char byte;
    size_t done;
    SSL_shutdown(self.server);
    CHECK_INT(rc_tls_read(self.client, &byte, 1, &done, &self.error), RC_IO_CLOSED);
    end_pair(&self);
}

static void good_byes_are_sent_if_polite(void)
{
    for (int polite = 0; polite < 2; polite++) {
        pair self;
        open_pair(&self);
        rc_tls_end(self.client, polite == 1);
        char byte;
        int got = SSL_read(self.server, &byte, 1);
        CHECK(got <= 0);
        CHECK_INT(SSL_get_error(self.server, got),
                  polite == 1 ? SSL_ERROR_ZERO_RETURN : SSL_ERROR_WANT_READ);
        self.client = rc_tls_begin(self.tls, self.fds[0], "localhost", &self.error);
        end_pair(&self);
    }
}

/* lost: the connection is gone, which is another thing than TLS that fails. */
static void lost(rc_io io, const rc_error *error)
{
    if (io != RC_IO_CLOSED) {
        CHECK_INT(io, RC_IO_FAILED);
        CHECK_STATUS(error->status, RC_CLOSED);
    }
}

static void a_peer_that_vanishes_is_lost(void)
{
    pair self;
    open_pair(&self);
    vanish(&self);
    char byte;
    size_t done;
    lost(rc_tls_read(self.client, &byte, 1, &done, &self.error), &self.error);
    end_pair(&self);
}

/* Who writes to one that is gone gets an error, not a signal. */
static void a_write_to_nobody_is_lost(void)
{
    pair self;
    open_pair(&self);
    vanish(&self);
    size_t done;
    lost(rc_tls_write(self.client, "x", 1, &done, &self.error), &self.error);
    rc_tls_end(self.client, true);
    self.client = rc_tls_begin(self.tls, self.fds[0], "localhost", &self.error);
    lost(rc_tls_handshake(self.client, &self.error), &self.error);
    end_pair(&self);
}

/* ---- memory ---- */

static void without_memory_there_is_no_session(void)
{
    rc_tls_options options = trusting();
    rc_error error;
    rc_error_clear(&error);
    rc_tls_session *session = NULL;
    fail_begin();
    rc_tls *tls = rc_tls_new(&options, &error);
    if (tls != NULL) {
        session = rc_tls_begin(tls, -1, "localhost", &error);
    }
    bool failed = fail_end();
    CHECK_INT(failed, session == NULL);
    CHECK_STATUS(error.status, failed ? RC_NOMEM : RC_OK);
    if (session != NULL) {
        rc_tls_end(session, false);
    }
    rc_tls_free(tls);
}

int main(void)
{
    signal(SIGPIPE, SIG_DFL); /* nothing here may raise it, whatever the process does with it */
    certificate_make(&ours, "DNS:localhost,IP:127.0.0.1");
    certificate_make(&theirs, "DNS:localhost,IP:127.0.0.1");
    RUN(bad_settings_are_named);
    RUN(a_locked_key_needs_its_password);
    RUN(a_known_certificate_is_trusted);
    RUN(an_authority_may_be_one_of_a_directory);
    RUN(an_unknown_certificate_is_not);
    RUN(the_name_must_be_the_certificates);
    RUN(a_name_is_sent_and_an_address_is_not);
    RUN(the_lowest_version_is_kept);
    RUN(tls_before_1_2_is_spoken_by_name_only);
    RUN(the_suites_of_tls_1_3_can_be_chosen);
    RUN(a_server_cannot_renegotiate);
    RUN(a_revoked_certificate_is_not_trusted);
    RUN(a_broken_record_is_not_blamed_on_the_certificate);
    RUN(a_client_shows_its_certificate);
    RUN(without_a_certificate_the_first_read_fails);
    RUN(without_a_certificate_a_write_fails_for_that_reason);
    RUN(bytes_go_both_ways);
    RUN(a_full_socket_makes_a_write_wait);
    RUN(a_good_bye_is_an_end);
    RUN(good_byes_are_sent_if_polite);
    RUN(a_peer_that_vanishes_is_lost);
    RUN(a_write_to_nobody_is_lost);
    FAIL_EACH(without_memory_there_is_no_session);
    certificate_remove(&ours);
    certificate_remove(&theirs);
    return 0;
}
