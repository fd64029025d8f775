/*
 * options: the options of a client, as its constructor got them.
 *
 * One struct, filled by the binding, copied once and never written afterwards, so every thread and
 * every layer may read it without a lock. Texts are owned by the copy.
 */
#ifndef RC_OPTIONS_H
#define RC_OPTIONS_H

#include "core/base/buffer.h"
#include "core/base/clock.h"

#include <stdbool.h>

typedef struct rc_address {
    char *host;
    int port;
} rc_address;

/* A rule maps an address that a server named; NULL and 0 match anything and change nothing. */
typedef struct rc_remap {
    char *from_host;
    char *to_host;
    int from_port;
    int to_port;
} rc_remap;

/*
 * The system's own idle time is two hours, longer than any firewall remembers a connection; by
 * default a peer that has vanished is noticed after 15 seconds.
 */
typedef struct rc_keepalive {
    bool on;
    int idle; /* seconds; 0: the system's */
    int interval;
    int count;
} rc_keepalive;

typedef struct rc_tls_options {
    bool on;
    bool check_hostname;
    bool verify; /* the server's certificate */
    char *ca_file;
    char *ca_path;
    char *ca_data; /* PEM */
    char *cert_file;
    char *key_file;
    char *key_password;
    char *crl_file;     /* PEM: certificates that were revoked */
    char *ciphers;      /* up to TLS 1.2 */
    char *ciphersuites; /* of TLS 1.3 */
    int min_version;    /* OpenSSL's number, 0: TLS 1.2 */
} rc_tls_options;

/* What one reply may have; a single bulk string of exactly `bytes` may. */
typedef struct rc_reply_limits {
    size_t bytes; /* of its texts; at most UINT32_MAX */
    size_t items; /* its elements at every depth, itself included; at most UINT32_MAX */
} rc_reply_limits;

typedef struct rc_retry_policy {
    int rounds;         /* of one call, that a kind of refusal may take */
    int down_rounds;    /* the same for a cluster that is down */
    rc_msec delay;      /* the first wait; it doubles with each round */
    rc_msec delay_max;  /* the longest wait */
    rc_msec down_delay; /* the first for a cluster that is down; up to four times it */
} rc_retry_policy;

/* Which node of a shard a read goes to, unless the command or its node says otherwise. */
typedef enum rc_read_policy {
    RC_READ_PRIMARY,
    RC_READ_RANDOM,         /* any node of the shard */
    RC_READ_ROUND_ROBIN,    /* all of them in turn */
    RC_READ_LOWEST_LATENCY, /* the one that has answered fastest lately */
    RC_READ_REPLICA         /* any replica; the primary when none can be read from */
} rc_read_policy;

typedef struct rc_options {
    rc_address *startup;
    size_t startup_count;
    rc_remap *remaps;
    size_t remap_count;
    char *username;
    char *password;
    char *client_name;
    int database;            /* 0: a server begins with that */
    rc_msec socket_timeout;  /* without progress on one node; below 0: none */
    rc_msec connect_timeout; /* TCP, TLS and handshake together; below 0: none */
    rc_msec pool_timeout;    /* wait for a connection when the pool is full; 0: fail at once */
    rc_keepalive keepalive;
    rc_tls_options tls;
    size_t max_connections; /* over all nodes */
    size_t max_connections_per_node;
    rc_reply_limits reply_limits; /* of each reply to a command of the user's */
    rc_retry_policy retry;
    rc_msec silence; /* after so long a call looks whether the slot table still names its node */
    rc_msec failover_timeout; /* how long a call waits for another primary in a lost one's place */
    int lost_rounds;          /* rounds that a call may lose to broken connections */
    int timeout_rounds;       /* rounds that it may lose to socket_timeout */
    int refresh_after_moved;  /* so many MOVEDs in a row let the whole map be fetched; 0: no number
                                 does */
    bool report_redirects;    /* note each in the event queue */
    bool redirect_only_to_known; /* follow redirects to what a slot table or a remap names */
    bool retry_writes;           /* send writes of unknown outcome again, as redis-py-cluster did */
    bool allow_uncovered;        /* open though some slots have no node */
} rc_options;

/* rc_options_default sets every number; no startup nodes. */
void rc_options_default(rc_options *options);

/* rc_options_copy copies all texts as well. RC_NOMEM leaves nothing to free. */
rc_status rc_options_copy(rc_options *copy, const rc_options *options);

/* rc_options_free frees what rc_options_copy has copied, and wipes the secrets first. */
void rc_options_free(rc_options *options);

#endif
