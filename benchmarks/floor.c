/*
 * floor.c - what the bytes alone cost.
 * Connects to every node of a plan, sends its prebuilt requests to all nodes at once over
 * non-blocking sockets and drains the replies unparsed. Every batch is held to the exact number
 * of reply bytes; the first round through the plan compares the bytes themselves.
 * Usage: floor PLAN, then one line "SECONDS STRIDE" on stdin for each timed run, answered by one
 * line of JSON. bench/plan.py writes the plan and says what it looks like.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define POLL_TIMEOUT_MS 10000

/* One node's part of a batch. Nodes without a part in a batch have no share in it. */
struct share {
    int node;
    size_t request_len;
    size_t reply_len;
    char *request;
    char *reply;
};

struct batch {
    unsigned commands;
    int shares;
    struct share *share;
};

struct plan {
    int nodes;
    int batches;
    int *fd; /* one connected socket per node */
    struct batch *batch;
};

/* How far one share has come; lives beside the pollfd of the same index. */
struct progress {
    const struct share *share;
    size_t sent;
    size_t received;
};

/* Small enough for the L2 cache, large enough that a bulk reply takes few reads. */
static char drain[256 * 1024];

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("floor: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        die("out of memory");
    return memory;
}

static int open_node(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        die("cannot resolve %s", host);
    int fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
        die("cannot connect to %s:%s: %s", host, port, strerror(errno));
    freeaddrinfo(found);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        die("cannot make a socket non-blocking: %s", strerror(errno));
    return fd;
}

static char *read_bytes(FILE *file, size_t len)
{
    char *bytes = allocate(len, 1);
    if (fread(bytes, 1, len, file) != len)
        die("the plan is cut short");
    return bytes;
}

static void read_batch(FILE *file, int nodes, struct batch *batch)
{
    if (fscanf(file, "batch %u %d", &batch->commands, &batch->shares) != 2)
        die("the plan has no batch where one should be");
    if (batch->shares < 1 || batch->shares > nodes)
        die("a batch with %d shares for %d nodes", batch->shares, nodes);
    batch->share = allocate((size_t)batch->shares, sizeof *batch->share);
    for (int i = 0; i < batch->shares; i++) {
        struct share *s = &batch->share[i];
        /* The one character after the lengths is a line end; the bytes follow it. */
        if (fscanf(file, " share %d %zu %zu", &s->node, &s->request_len, &s->reply_len) != 3 ||
            fgetc(file) != '\n' || s->node < 0 || s->node >= nodes)
            die("the plan has no share where one should be");
        s->request = read_bytes(file, s->request_len);
        s->reply = read_bytes(file, s->reply_len);
        (void)fgetc(file);
    }
}

static struct plan read_plan(const char *path)
{
    struct plan plan = {0};
    FILE *file = fopen(path, "rb");
    if (!file)
        die("cannot read %s: %s", path, strerror(errno));
    if (fscanf(file, "plan %d %d ", &plan.nodes, &plan.batches) != 2 || plan.nodes < 1 ||
        plan.batches < 1)
        die("%s is not a plan", path);
    plan.fd = allocate((size_t)plan.nodes, sizeof *plan.fd);
    for (int i = 0; i < plan.nodes; i++) {
        char host[256], port[16];
        if (fscanf(file, "node %255s %15s ", host, port) != 2)
            die("the plan has no node where one should be");
        plan.fd[i] = open_node(host, port);
    }
    plan.batch = allocate((size_t)plan.batches, sizeof *plan.batch);
    for (int i = 0; i < plan.batches; i++)
        read_batch(file, plan.nodes, &plan.batch[i]);
    fclose(file);
    return plan;
}

/* Writes what the socket takes now and asks poll for more room only where some is left. */
static void send_some(struct pollfd *fd, struct progress *p)
{
    const struct share *s = p->share;
    while (p->sent < s->request_len) {
        ssize_t n = send(fd->fd, s->request + p->sent, s->request_len - p->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n < 0)
            die("cannot send: %s", strerror(errno));
        p->sent += (size_t)n;
    }
    fd->events = p->sent < s->request_len ? POLLIN | POLLOUT : POLLIN;
}

/* Reads once and counts; returns whether the share has all its reply bytes and not one more. */
static bool receive_some(const struct pollfd *fd, struct progress *p, bool compare)
{
    const struct share *s = p->share;
    ssize_t n = recv(fd->fd, drain, sizeof drain, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return false;
    if (n <= 0)
        die("a node ended the connection: %s", n ? strerror(errno) : "end of stream");
    if ((size_t)n > s->reply_len - p->received)
        die("node %d sent more than the %zu bytes that its replies have", s->node, s->reply_len);
    if (compare && memcmp(drain, s->reply + p->received, (size_t)n) != 0)
        die("node %d sent other bytes than expected", s->node);
    p->received += (size_t)n;
    return p->received == s->reply_len;
}

static void run_batch(const struct plan *plan, const struct batch *batch, bool compare)
{
    struct pollfd fds[batch->shares];
    struct progress progress[batch->shares];
    int open = batch->shares;
    for (int i = 0; i < open; i++) {
        fds[i] = (struct pollfd){.fd = plan->fd[batch->share[i].node]};
        progress[i] = (struct progress){.share = &batch->share[i]};
        send_some(&fds[i], &progress[i]);
    }
    while (open > 0) {
        int ready = poll(fds, (nfds_t)open, POLL_TIMEOUT_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            die("no reply: %s", ready ? strerror(errno) : "timed out");
        /* Downwards, so that the last entry can take the place of one that is done. */
        for (int i = open - 1; i >= 0; i--) {
            if (fds[i].revents & POLLOUT)
                send_some(&fds[i], &progress[i]);
            if (!(fds[i].revents & (POLLIN | POLLERR | POLLHUP)))
                continue;
            if (receive_some(&fds[i], &progress[i], compare)) {
                open--;
                fds[i] = fds[open];
                progress[i] = progress[open];
            }
        }
    }
}

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Goes round the plan for the given time, looking at the clock once in `stride` batches. */
static void run_for(const struct plan *plan, double seconds, unsigned stride)
{
    static int next;
    unsigned long ops = 0;
    double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    double start = seconds_of(CLOCK_MONOTONIC), now;
    do {
        for (unsigned i = 0; i < stride; i++) {
            run_batch(plan, &plan->batch[next], false);
            ops += plan->batch[next].commands;
            next = (next + 1) % plan->batches;
        }
        now = seconds_of(CLOCK_MONOTONIC);
    } while (now < start + seconds);
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("{\"ops\": %lu, \"wall\": %.9f, \"cpu\": %.9f}\n", ops, now - start, cpu);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("usage: floor PLAN");
    struct plan plan = read_plan(argv[1]);
    for (int i = 0; i < plan.batches; i++)
        run_batch(&plan, &plan.batch[i], true);
    puts("{\"ok\": true}");
    fflush(stdout);
    double seconds;
    unsigned stride;
    while (scanf("%lf %u", &seconds, &stride) == 2)
        run_for(&plan, seconds, stride ? stride : 1);
    return 0;
}
