/*
 * server: a scripted node on loopback.
 *
 * It answers each request by the first rule that fits and is not used up, and writes down what it
 * was asked. Every connection has a thread of its own, which reads nothing while it answers. A
 * server uses none of the core's memory, so allocations can fail around it; server_stop ends all
 * that is under way.
 */
#ifndef SERVER_H
#define SERVER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct server server;

typedef enum server_then { THEN_GO_ON, THEN_CLOSE, THEN_RESET } server_then;

#define ON_CONNECT "" /* the request of a rule for new connections */

typedef struct rule {
    const char *request; /* its text with blanks between; "GET *" fits all that begin so */
    const char *reply;   /* bytes; NULL: none */
    size_t length;       /* of the reply; 0: up to its NUL */
    int times;           /* used so often, then never again; 0: for ever */
    int delay;           /* milliseconds before the reply */
    size_t slice;        /* the reply goes out in pieces of this size, with pauses; 0: whole */
    server_then then;
} rule;

/* server_start listens on a free port of loopback; server_stop frees the server. */
server *server_start(void);

/* server_start_tls does the same under TLS; the server owns the context. */
server *server_start_tls(SSL_CTX *context);

/* server_stop closes all connections, waits for their threads and frees the server. */
void server_stop(server *self);

/* server_port is the port on which it listens. */
int server_port(const server *self);

/* server_rule adds a rule and copies its texts. It counts only where no earlier one fits. */
void server_rule(server *self, rule added);

/* server_on adds a rule that holds for ever. */
void server_on(server *self, const char *request, const char *reply);

/* server_once adds a rule for the next such request. */
void server_once(server *self, const char *request, const char *reply);

/* server_forget_rules uses up all rules. */
void server_forget_rules(server *self);

/* server_expect demands these requests since the last time, "connection:request" a line. */
void server_expect(server *self, const char *log);

/* server_seen counts such requests since the last server_expect. */
int server_seen(server *self, const char *request);

/* server_wait_seen blocks until there were so many such requests, and fails after a while. */
void server_wait_seen(server *self, const char *request, int times);

/* server_accepted counts the connections that were accepted. */
int server_accepted(server *self);

/* server_ended counts the connections that one side has closed. */
int server_ended(server *self);

/* server_wait_ended blocks until so many connections have ended, and fails after a while. */
void server_wait_ended(server *self, int times);

/*
 * server_deaf makes a port on which the system accepts connections and nobody ever answers. It
 * gives the listening socket, which the caller closes.
 */
int server_deaf(int *port);

/*
 * server_full makes a port to which a connection neither comes about nor fails. It gives a socket,
 * which the caller closes.
 */
int server_full(int *port);

/* server_unused gives a port on which nobody listens. */
int server_unused(void);

#endif
