/*
 * test_self_connection: a socket that the system has connected to itself is no connection.
 *
 * It happens when the system gives the port of a dead server to the very socket that looks for it.
 * The linker puts the function below in the place of the system's: the test gives that port.
 */
#include "certificate.h"
#include "check.h"
#include "nodes.h"

#include "core/net/transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    bool on;
    int family;
    struct sockaddr_storage address;
    socklen_t size;
    int made;
} own;

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);

int __wrap_socket(int domain, int type, int protocol)
{
    int fd = __real_socket(domain, type, protocol);
    if (own.on && fd >= 0 && domain == own.family) {
        const int reuse = 1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
        CHECK(bind(fd, (struct sockaddr *)&own.address, own.size) == 0);
        own.made++;
    }
    return fd;
}

/* exists: whether this machine has the address; a machine may have no ::1. */
static bool exists(const char *host, int port)
{
    own.family = strchr(host, ':') != NULL ? AF_INET6 : AF_INET;
    memset(&own.address, 0, sizeof own.address);
    if (own.family == AF_INET6) {
        struct sockaddr_in6 *address = (struct sockaddr_in6 *)&own.address;
        address->sin6_family = AF_INET6;
        address->sin6_port = htons((uint16_t)port);
        CHECK(inet_pton(AF_INET6, host, &address->sin6_addr) == 1);
        own.size = sizeof *address;
    } else {
        struct sockaddr_in *address = (struct sockaddr_in *)&own.address;
        address->sin_family = AF_INET;
        address->sin_port = htons((uint16_t)port);
        CHECK(inet_pton(AF_INET, host, &address->sin_addr) == 1);
        own.size = sizeof *address;
    }
    int fd = socket(own.family, SOCK_STREAM, 0);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&own.address, own.size) == 0;
    close(fd);
    return bound;
}

static void is_refused(const char *host, rc_tls *tls)
{
    static const rc_keepalive no_keepalive;
    int port = server_unused();
    if (!exists(host, port)) {
        return;
    }
    rc_transport transport;
    rc_error error;
    rc_error_clear(&error);
    own.on = true;
    own.made = 0;
    rc_resolver *resolver = rc_resolver_begin(NULL, host, port, &error);
    CHECK(resolver != NULL);
    CHECK_STATUS(rc_transport_open(&transport, resolver, host, &no_keepalive, tls, &error), RC_OK);
    rc_io io;
    while ((io = rc_transport_connect(&transport, &error)) == RC_IO_WAIT_WRITE) {
        struct pollfd socket = {.fd = transport.fd, .events = POLLOUT};
        CHECK_STATUS(rc_wait(&no_end, &socket, 1, rc_now() + 10000), RC_OK);
    }
    own.on = false;
    CHECK_INT(own.made, 1);
    CHECK_INT(io, RC_IO_FAILED);
    CHECK_STATUS(error.status, RC_CONNECT);
    CHECK_INT(error.sys_errno, ECONNREFUSED);
    CHECK_INT(transport.fd, -1);
    rc_transport_close(&transport, false);
    CHECK(exists(host, port)); /* the server that belongs there can have its port at once */
}

static void by_ipv4(void)
{
    is_refused("127.0.0.1", NULL);
    is_refused("127.1.2.3", NULL);
}

static void by_ipv6(void)
{
    is_refused("::1", NULL);
    is_refused("::ffff:127.0.0.1", NULL);
}

static void under_tls(void)
{
    certificate cert;
    certificate_make(&cert, "IP:127.0.0.1");
    rc_tls_options options = {.on = true, .verify = true, .ca_file = cert.cert_file};
    rc_error error;
    rc_tls *tls = rc_tls_new(&options, &error);
    CHECK(tls != NULL);
    is_refused("127.0.0.1", tls);
    rc_tls_free(tls);
    certificate_remove(&cert);
}

int main(void)
{
    RUN(by_ipv4);
    RUN(by_ipv6);
    RUN(under_tls);
    return 0;
}
