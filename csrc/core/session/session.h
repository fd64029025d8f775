/*
 * session: one conversation on a connection that its caller keeps.
 *
 * For what a server remembers of a connection: subscriptions, MONITOR, WATCH and MULTI. One thread
 * may send while another waits for replies; two that do the same wait for one another. A session of
 * before a fork is of no use in the child, which leaves the parent's stream alone. Without Python's
 * lock; the pool must outlive the session.
 */
#ifndef RC_SESSION_H
#define RC_SESSION_H

#include "core/net/wait.h"
#include "core/pool/pool.h"

typedef struct rc_session rc_session;

/*
 * rc_session_open takes a connection from the pool, within its limits and timeouts, and opens and
 * greets it. Blocks. On failure there is no session, and *error names the node, unless the pool was
 * full.
 */
rc_status rc_session_open(rc_pool *pool, rc_node_id node, bool readonly, rc_call *call,
                          rc_session **session, rc_error *error);

/*
 * rc_session_close frees the session; no call may be running on it. The connection goes back to the
 * pool if `clean` (the server remembers nothing of the conversation) and each request has had one
 * reply, which was taken; otherwise it is closed. NULL is allowed.
 */
void rc_session_close(rc_session *session, bool clean);

/* rc_session_end ends the conversation, for good: calls that wait on it fail at once. */
void rc_session_end(rc_session *session);

/*
 * What is to be sent and received; sent and received are 0 before, and true after any failure.
 *
 * When nothing has moved for `silence`, and each time that has passed again, `look` is asked, if it
 * is not NULL: RC_CLOSED says that the node is gone, though its connection stands, and the second
 * time in a row that ends the session; anything else but RC_OK ends the exchange. It may block.
 */
typedef struct rc_exchange {
    const char *data; /* whole requests, or nothing */
    size_t length;
    size_t requests;     /* how many these are */
    size_t replies;      /* how many are wanted */
    rc_reply_tree *tree; /* they go behind what it holds; NULL if none are wanted */
    rc_msec until;       /* RC_NEVER; a time that has passed takes what is there already */
    rc_msec patience;    /* longest time without progress; below 0: any */
    rc_msec silence;
    rc_status (*look)(void *context, rc_node_id node, rc_call *call, rc_error *error);
    void *context;   /* of look */
    size_t sent;     /* bytes */
    size_t received; /* replies */
} rc_exchange;

/*
 * rc_session_exchange sends, reading at the same time so that a server that answers meanwhile is
 * never waited for in vain, and returns when as many more replies as wanted are on the reply tree:
 * those that came unasked before it are the first. An error reply is a reply.
 *
 * RC_TIMEOUT and RC_INTERRUPTED leave the session usable if all was sent, or nothing was begun:
 * what came of a reply is kept, and the next call goes on reading it. After any other failure each
 * further call fails alike, but for replies that are there already. *error names the node.
 *
 * A signal handler may run in the middle of a call. What it asks of the same session may be what
 * that call waits for: RC_REENTERED, at once, as it would wait for its own thread.
 */
rc_status rc_session_exchange(rc_session *session, rc_exchange *exchange, rc_call *call,
                              rc_error *error);

/*
 * rc_session_wait returns RC_OK when one of the sessions may have something to say: bytes came, it
 * has ended, or another thread has left a reply. RC_TIMEOUT at `until`. It is for who has taken all
 * that was there already, as bytes that were read but not parsed do not count.
 */
rc_status rc_session_wait(rc_session *const *sessions, size_t count, rc_call *call, rc_msec until);

/* rc_session_node is the node that it is with. */
rc_node_id rc_session_node(const rc_session *session);

/* rc_session_usable: nothing has ended it so far, in this process. Does not look at the socket. */
bool rc_session_usable(rc_session *session);

#endif
