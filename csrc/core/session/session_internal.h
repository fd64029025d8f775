/*
 * session_internal: what a session is made of, for its own files.
 */
#ifndef RC_SESSION_INTERNAL_H
#define RC_SESSION_INTERNAL_H

#include "core/session/session.h"

enum { RC_SESSION_SCRATCH = 16 * 1024 };

struct rc_session {
    rc_pool *pool;
    rc_connection *connection;
    rc_fork_lock lock; /* of all that follows, and of the stream: held for one turn only */
    rc_reply_tree inbox;
    size_t first; /* in the inbox, of the first reply that nobody has taken yet */
    size_t whole; /* whole replies in the inbox that nobody has taken yet */
    short read_on;
    short write_on;
    int64_t owed;   /* requests sent less replies taken */
    size_t moved;   /* bytes, in both directions: what tells progress */
    bool sending;   /* `sender` is in the middle of it */
    bool receiving; /* `receiver` is in the middle of it */
    pthread_t sender;
    pthread_t receiver;
    rc_error end; /* why it is of no more use; RC_OK: it is of use */
    char scratch[RC_SESSION_SCRATCH];
};

/* rc_session_inherited: the stream is that of a parent process, which goes on with it. */
static inline bool rc_session_inherited(const rc_session *session)
{
    return session->connection->generation != rc_fork_generation();
}

/* rc_session_fail ends the session, unless it has ended already. The lock is held. */
static inline void rc_session_fail(rc_session *session, const rc_error *why)
{
    if (session->end.status == RC_OK) {
        session->end = *why;
        rc_fork_lock_broadcast(&session->lock);
    }
}

#endif
