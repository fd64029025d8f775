#include "server.h"

#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RULES_MAX = 256, CONNECTIONS_MAX = 512, REQUEST_MAX = 64 * 1024, PATIENCE = 10 * 1000 };

typedef struct peer {
    server *owner;
    pthread_t thread;
    SSL *ssl;
    int fd;
    int number;
    size_t used; /* bytes in hand ... */
    size_t read; /* ... and how many of them are read */
    char bytes[16 * 1024];
} peer;

struct server {
    int listener;
    int port;
    int wake[2]; /* closed at the end, which ends every wait */
    SSL_CTX *tls;
    pthread_t thread;
    pthread_mutex_t mutex; /* of all that follows */
    rule rules[RULES_MAX];
    size_t rule_count;
    peer *peers[CONNECTIONS_MAX];
    int accepted;
    int ended;
    char *log;
    size_t log_length;
};

/* ---- sockets ---- */

static int listen_on_loopback(int *port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0);
    CHECK(listen(fd, 128) == 0 && getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    *port = ntohs(address.sin_port);
    return fd;
}

int server_deaf(int *port)
{
    return listen_on_loopback(port);
}

int server_full(int *port)
{
    int fd = listen_on_loopback(port);
    CHECK(listen(fd, 0) == 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)*port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < 4; i++) { /* they stay open, in the queue or on the way to it */
        int filler = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        CHECK(filler >= 0);
        CHECK(connect(filler, (struct sockaddr *)&address, sizeof address) == 0 ||
              errno == EINPROGRESS);
    }
    return fd;
}

int server_unused(void)
{
    int port;
    close(listen_on_loopback(&port));
    return port;
}

/* pause_for waits, but not longer than the server lives; false when it is to end. */
static bool pause_for(server *self, int milliseconds)
{
    struct pollfd wake = {.fd = self->wake[0], .events = POLLIN};
    return poll(&wake, 1, milliseconds) == 0;
}

static bool send_all(peer *self, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = self->ssl != NULL ? SSL_write(self->ssl, data, (int)length)
                                         : send(self->fd, data, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        data += sent;
        length -= (size_t)sent;
    }
    return true;
}

static int next_byte(peer *self)
{
    if (self->read == self->used) {
        ssize_t got = self->ssl != NULL ? SSL_read(self->ssl, self->bytes, sizeof self->bytes)
                                        : recv(self->fd, self->bytes, sizeof self->bytes, 0);
        if (got <= 0) {
            return -1;
        }
        self->used = (size_t)got;
        self->read = 0;
    }
    return (unsigned char)self->bytes[self->read++];
}

/* ---- requests ---- */

static long next_number(peer *self, int kind)
{
    long number = 0;
    if (next_byte(self) != kind) {
        return -1;
    }
    for (int byte; (byte = next_byte(self)) != '\n';) {
        if (byte < 0) {
            return -1;
        }
        number = byte == '\r' ? number : number * 10 + (byte - '0');
    }
    return number;
}

/* next_request writes the words of the next request, as many as fit; false at the end. */
static bool next_request(peer *self, char *text)
{
    size_t length = 0;
    long argc = next_number(self, '*');
    for (long i = 0; i < argc; i++) {
        long size = next_number(self, '$');
        if (size < 0) {
            return false;
        }
        for (long j = 0; j < size + 2; j++) {
            int byte = next_byte(self);
            if (byte < 0) {
                return false;
            }
            if (j < size && length < REQUEST_MAX - 2) {
                text[length++] = (char)byte;
            }
        }
        text[length++] = ' ';
        length -= length == REQUEST_MAX - 1;
    }
    text[length > 0 ? length - 1 : 0] = '\0';
    return argc >= 0;
}

static bool fits(const char *pattern, const char *request)
{
    size_t length = strlen(pattern);
    if (length > 0 && pattern[length - 1] == '*') {
        return strncmp(pattern, request, length - 1) == 0;
    }
    return strcmp(pattern, request) == 0;
}

static void write_down(server *self, int number, const char *request)
{
    size_t most = strlen(request) + 32;
    self->log = realloc(self->log, self->log_length + most);
    CHECK(self->log != NULL);
    self->log_length +=
        (size_t)snprintf(self->log + self->log_length, most, "%d:%s\n", number, request);
}

/* find gives the rule for this request, used once more; its texts stay as long as the server. */
static bool find(server *self, const char *request, rule *found)
{
    for (size_t i = 0; i < self->rule_count; i++) {
        rule *candidate = &self->rules[i];
        if (candidate->times >= 0 && fits(candidate->request, request)) {
            *found = *candidate;
            if (candidate->times > 0 && --candidate->times == 0) {
                candidate->times = -1;
            }
            return true;
        }
    }
    return false;
}

static void choose(peer *self, const char *request, rule *chosen)
{
    server *owner = self->owner;
    pthread_mutex_lock(&owner->mutex);
    if (request[0] != '\0') {
        write_down(owner, self->number, request);
    }
    if (!find(owner, request, chosen)) {
        const char *reply = request[0] == '\0' ? NULL : "-ERR not in the script\r\n";
        *chosen = (rule){.reply = reply};
    }
    pthread_mutex_unlock(&owner->mutex);
}

/* ---- connections ---- */

static bool answer(peer *self, const rule *chosen)
{
    if (chosen->delay > 0 && !pause_for(self->owner, chosen->delay)) {
        return false;
    }
    const char *reply = chosen->reply;
    size_t left = chosen->length > 0 ? chosen->length : reply != NULL ? strlen(reply) : 0;
    while (left > 0) {
        size_t piece = chosen->slice > 0 && chosen->slice < left ? chosen->slice : left;
        if (!send_all(self, reply, piece)) {
            return false;
        }
        reply += piece;
        left -= piece;
        if (left > 0 && !pause_for(self->owner, 1)) {
            return false;
        }
    }
    if (chosen->then == THEN_RESET) {
        struct linger at_once = {.l_onoff = 1};
        setsockopt(self->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    return chosen->then == THEN_GO_ON;
}

static void answer_requests(peer *self, char *text)
{
    rule chosen;
    choose(self, ON_CONNECT, &chosen);
    while (answer(self, &chosen) && next_request(self, text)) {
        choose(self, text, &chosen);
    }
}

static bool begin_tls(peer *self)
{
    if (self->owner->tls == NULL) {
        return true;
    }
    self->ssl = SSL_new(self->owner->tls);
    CHECK(self->ssl != NULL && SSL_set_fd(self->ssl, self->fd) == 1);
    return SSL_accept(self->ssl) == 1;
}

static void *serve(void *context)
{
    peer *self = context;
    server *owner = self->owner;
    char *text = malloc(REQUEST_MAX);
    CHECK(text != NULL);
    if (begin_tls(self)) {
        answer_requests(self, text);
    }
    free(text);
    SSL_free(self->ssl); /* without a good-bye, as a process that dies leaves */
    pthread_mutex_lock(&owner->mutex);
    close(self->fd);
    self->fd = -1;
    owner->ended++;
    pthread_mutex_unlock(&owner->mutex);
    return NULL;
}

static void accept_one(server *self)
{
    int fd = accept(self->listener, NULL, NULL);
    if (fd < 0) {
        return;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    peer *fresh = calloc(1, sizeof *fresh);
    CHECK(fresh != NULL);
    pthread_mutex_lock(&self->mutex);
    CHECK(self->accepted < CONNECTIONS_MAX);
    self->peers[self->accepted++] = fresh;
    fresh->owner = self;
    fresh->fd = fd;
    fresh->number = self->accepted;
    CHECK(pthread_create(&fresh->thread, NULL, serve, fresh) == 0);
    pthread_mutex_unlock(&self->mutex);
}

static void *listen_for_all(void *context)
{
    server *self = context;
    struct pollfd sockets[2] = {{.fd = self->listener, .events = POLLIN},
                                {.fd = self->wake[0], .events = POLLIN}};
    while (poll(sockets, 2, -1) >= 0 && sockets[1].revents == 0) {
        accept_one(self);
    }
    return NULL;
}

/* ---- start and stop ---- */

/* Signals are for the test; a lost client's SIGPIPE is for nobody. */
static void start_thread(server *self)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    CHECK(pthread_create(&self->thread, NULL, listen_for_all, self) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

server *server_start_tls(SSL_CTX *context)
{
    server *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    self->listener = listen_on_loopback(&self->port);
    self->tls = context;
    self->log = calloc(1, 1);
    CHECK(self->log != NULL && pipe(self->wake) == 0);
    CHECK(pthread_mutex_init(&self->mutex, NULL) == 0);
    start_thread(self);
    return self;
}

server *server_start(void)
{
    return server_start_tls(NULL);
}

static void stop_peers(server *self)
{
    pthread_mutex_lock(&self->mutex);
    for (int i = 0; i < self->accepted; i++) {
        if (self->peers[i]->fd >= 0) {
            shutdown(self->peers[i]->fd, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&self->mutex);
    for (int i = 0; i < self->accepted; i++) {
        pthread_join(self->peers[i]->thread, NULL);
        free(self->peers[i]);
    }
}

static void free_rules(server *self, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((char *)self->rules[i].request);
        free((char *)self->rules[i].reply);
    }
}

void server_stop(server *self)
{
    close(self->wake[1]);
    pthread_join(self->thread, NULL);
    stop_peers(self);
    close(self->listener);
    close(self->wake[0]);
    pthread_mutex_destroy(&self->mutex);
    SSL_CTX_free(self->tls);
    free_rules(self, self->rule_count);
    free(self->log);
    free(self);
}

int server_port(const server *self)
{
    return self->port;
}

/* ---- rules and what was seen ---- */

void server_rule(server *self, rule added)
{
    size_t length = added.reply == NULL ? 0 : strlen(added.reply) + 1;
    length = added.length > length ? added.length : length;
    added.request = strdup(added.request);
    CHECK(added.request != NULL);
    if (length > 0) {
        char *copy = malloc(length);
        CHECK(copy != NULL);
        added.reply = memcpy(copy, added.reply, length);
    }
    pthread_mutex_lock(&self->mutex);
    CHECK(self->rule_count < RULES_MAX);
    self->rules[self->rule_count++] = added;
    pthread_mutex_unlock(&self->mutex);
}

void server_on(server *self, const char *request, const char *reply)
{
    server_rule(self, (rule){.request = request, .reply = reply});
}

void server_once(server *self, const char *request, const char *reply)
{
    server_rule(self, (rule){.request = request, .reply = reply, .times = 1});
}

/* Rules stay in place, used up: a connection may be answering by one. */
void server_forget_rules(server *self)
{
    pthread_mutex_lock(&self->mutex);
    for (size_t i = 0; i < self->rule_count; i++) {
        self->rules[i].times = -1;
    }
    pthread_mutex_unlock(&self->mutex);
}

void server_expect(server *self, const char *log)
{
    pthread_mutex_lock(&self->mutex);
    CHECK_TEXT(self->log, log);
    self->log_length = 0;
    self->log[0] = '\0';
    pthread_mutex_unlock(&self->mutex);
}

int server_seen(server *self, const char *request)
{
    int seen = 0;
    char line[256];
    pthread_mutex_lock(&self->mutex);
    for (const char *at = self->log; *at != '\0'; at = strchr(at, '\n') + 1) {
        const char *text = strchr(at, ':') + 1;
        snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
        seen += fits(request, line);
    }
    pthread_mutex_unlock(&self->mutex);
    return seen;
}

int server_accepted(server *self)
{
    pthread_mutex_lock(&self->mutex);
    int accepted = self->accepted;
    pthread_mutex_unlock(&self->mutex);
    return accepted;
}

int server_ended(server *self)
{
    pthread_mutex_lock(&self->mutex);
    int ended = self->ended;
    pthread_mutex_unlock(&self->mutex);
    return ended;
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

void server_wait_seen(server *self, const char *request, int times)
{
    for (int i = 0; i < PATIENCE && server_seen(self, request) < times; i++) {
        nap();
    }
    CHECK_INT(server_seen(self, request), times);
}

void server_wait_ended(server *self, int times)
{
    for (int i = 0; i < PATIENCE && server_ended(self) < times; i++) {
        nap();
    }
    CHECK_INT(server_ended(self), times);
}
