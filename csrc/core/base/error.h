/*
 * error: what can go wrong below Python, as values.
 *
 * Every function of the core that can fail returns an rc_status and, where the caller can use the
 * details, fills an rc_error. Nothing here allocates, blocks or knows of Python; the binding turns
 * a status into the exception that the table names: of rediscluster_c.exceptions, or a built-in
 * one.
 */
#ifndef RC_ERROR_H
#define RC_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum {
    RC_HOST_MAX = 256,    /* a DNS name has at most 253 bytes; one more for the NUL */
    RC_MESSAGE_MAX = 2048 /* longer texts from servers are cut, never overflow */
};

/* status, what it says when nobody gave a better text, exception */
#define RC_STATUS_TABLE(X)                                                                         \
    X(OK, "ok", "")                                                                                \
    X(NOMEM, "out of memory", "MemoryError")                                                       \
    X(CONNECT, "cannot connect", "ConnectionError")                                                \
    X(CLOSED, "connection lost", "ConnectionError")                                                \
    X(TIMEOUT, "timeout", "TimeoutError")                                                          \
    X(PROTOCOL, "the server sent what is not RESP", "InvalidResponse")                             \
    X(AUTH, "the server refused the credentials", "AuthenticationError")                           \
    X(TLS, "TLS failed", "ConnectionError")                                                        \
    X(BEHIND_UNKNOWN, "not sent: an earlier write on its slot has an unknown outcome",             \
      "ConnectionError")                                                                           \
    X(SLOT, "slot not covered", "SlotNotCoveredError")                                             \
    X(REDIRECTS, "too many redirects", "ClusterError")                                             \
    X(UNREACHABLE, "no reachable node", "RedisClusterException")                                   \
    X(NOT_CLUSTER, "cluster mode is disabled", "RedisClusterException")                            \
    X(TOPOLOGY, "the cluster's slot table cannot be used", "RedisClusterException")                \
    X(FOREIGN, "the node belongs to another cluster", "RedisClusterException")                     \
    X(NODES_FULL, "the cluster names more nodes than this client can know",                        \
      "RedisClusterException")                                                                     \
    X(POOL_FULL, "Too many connections", "RedisClusterException")                                  \
    X(POOL_TIMEOUT, "No connection available", "ConnectionError")                                  \
    X(REPLY_LIMIT, "the reply is over a limit", "ReplyLimitError")                                 \
    X(INTERRUPTED, "interrupted", "KeyboardInterrupt")                                             \
    X(REENTERED, "this thread is in the middle of a call on the same session", "RuntimeError")

typedef enum rc_status {
#define X(code, text, exception) RC_##code,
    RC_STATUS_TABLE(X)
#undef X
        RC_STATUS_COUNT
} rc_status;

typedef struct rc_error {
    rc_status status;
    rc_status cause; /* of several nodes' failures that became one: the most telling; RC_OK: none */
    int slot;        /* -1: no slot is concerned */
    int port;        /* 0: no node is concerned */
    int sys_errno;
    char host[RC_HOST_MAX];
    char message[RC_MESSAGE_MAX];
} rc_error;

/* rc_status_text is a status in words, for messages; a constant. */
const char *rc_status_text(rc_status status);

/* rc_status_exception is the name of the exception that stands for a status; a constant. */
const char *rc_status_exception(rc_status status);

/* rc_error_clear makes *error say RC_OK, no node and no slot. */
void rc_error_clear(rc_error *error);

/*
 * rc_error_set fills *error (which may be NULL) from a printf format and returns status, so that
 * `return rc_error_set(error, RC_X, ...)` reads well. Node and slot are left as they are, and there
 * is no cause.
 */
rc_status rc_error_set(rc_error *error, rc_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* rc_error_of is rc_error_set with the status' own text. */
rc_status rc_error_of(rc_error *error, rc_status status);

/* rc_error_errno is rc_error_set with the text of an errno behind the message. */
rc_status rc_error_errno(rc_error *error, rc_status status, int sys_errno, const char *what);

/* rc_error_is_lack: this process or machine has run out of something, which no node can help. */
bool rc_error_is_lack(const rc_error *error);

/* rc_error_node says which node *error (which may be NULL) is about. */
void rc_error_node(rc_error *error, const char *host, int port);

#endif
